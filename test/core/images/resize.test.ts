import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { resizeImages } from '../../../src/core/images/resize.js';
import type { ResizeMethod } from '../../../src/core/images/resize-weights.js';

interface Golden {
  readonly tolerance: number;
  readonly cases: readonly {
    readonly size: readonly [number, number];
    readonly target: readonly [number, number];
    readonly method: ResizeMethod;
    readonly values: readonly number[];
  }[];
}

const golden = JSON.parse(readFileSync(new URL('../../golden/images/resize.json', import.meta.url), 'utf8')) as Golden;

describe('resizeImages', () => {
  it.each(golden.cases)('agrees with Pillow: $method $size to $target', ({ size, target, method, values }) => {
    const [height, width] = size;
    const data = Float32Array.from({ length: height * width }, (_, i) => Math.sin(i * i * 0.37 + 0.5));
    const out = resizeImages(
      { kind: 'float', shape: [1, height, width, 1], data },
      { height: target[0], width: target[1], method },
    );
    expect(out.shape).toEqual([1, target[0], target[1], 1]);
    const worst = Math.max(...values.map((value, i) => Math.abs(value - (out.data[i] ?? Number.NaN))));
    expect(worst).toBeLessThan(golden.tolerance);
  });

  it('treats images and channels one by one', () => {
    const single = Float32Array.from({ length: 20 }, (_, i) => Math.cos(i * 1.7));
    const data = new Float32Array(2 * 20 * 3);
    single.forEach((value, i) => data.set([value, -value, 0.5], 60 + 3 * i));
    const target = { height: 9, width: 3, method: 'bicubic' } as const;
    const many = resizeImages({ kind: 'float', shape: [2, 4, 5, 3], data }, target);
    const one = resizeImages({ kind: 'float', shape: [1, 4, 5, 1], data: single }, target);
    expect(many.data.slice(0, 81).every((value) => value === 0)).toBe(true);
    one.data.forEach((value, i) => {
      expect(many.data[81 + 3 * i]).toBe(value);
      expect(many.data[81 + 3 * i + 1]).toBe(-value);
      expect(many.data[81 + 3 * i + 2]).toBeCloseTo(0.5, 6);
    });
  });

  it('rounds bytes half up and clamps an overshoot', () => {
    const data = Uint8Array.of(0, 255);
    const linear = resizeImages(
      { kind: 'pixels', shape: [1, 1, 2, 1], data },
      { height: 1, width: 4, method: 'bilinear' },
    );
    expect([...linear.data]).toEqual([0, 64, 191, 255]);
    const edge = Uint8Array.of(0, 0, 255, 255);
    const sharp = resizeImages(
      { kind: 'pixels', shape: [1, 1, 4, 1], data: edge },
      { height: 1, width: 16, method: 'lanczos' },
    );
    expect(Math.min(...sharp.data)).toBe(0);
    expect(Math.max(...sharp.data)).toBe(255);
  });
});
