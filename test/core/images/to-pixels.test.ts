import { describe, expect, it } from 'vitest';
import { toPixels } from '../../../src/core/images/to-pixels.js';

const floats = (...values: number[]) =>
  ({ kind: 'float', shape: [values.length, 1, 1, 1], data: Float32Array.from(values) }) as const;

describe('toPixels', () => {
  it('maps [-1, 1] to bytes, halves up, clamped', () => {
    expect([...toPixels(floats(-1, 0, 1, -7, 7, -1 + 1 / 128)).data]).toEqual([0, 128, 255, 0, 255, 1]);
  });

  it('gives every byte back', () => {
    const bytes = Array.from({ length: 256 }, (_, i) => i);
    expect([...toPixels(floats(...bytes.map((byte) => byte / 127.5 - 1))).data]).toEqual(bytes);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses %s, naming the image', (bad) => {
    expect(() => toPixels(floats(0, bad), 'postProcessor/to-pixels')).toThrow(
      expect.objectContaining({ code: 'RXD_IMAGES_INVALID', message: expect.stringContaining('image 1') as string }),
    );
  });
});
