import { describe, expect, it } from 'vitest';
import { latentMask, nearestMask } from '../../../src/core/codec/latent-mask.js';

/** Four pixels by four, of one sample: one row of two cells over another. */
const pixels = Float32Array.from(
  [
    [0, 0, 0, 1],
    [0, 1, 0, 0],
    [0.5, 0, 0.4, 1],
    [0, 0, 1, 1],
  ].flat(),
);

describe('masks on the grid of latents', () => {
  it('have a cell made anew where one of its pixels is', () => {
    expect([...latentMask(pixels, [4, 4, 1], [2, 2, 1])]).toEqual([1, 1, 1, 1]);
  });

  it('take the pixel in the first corner, as 0 or 1, for each channel and sample', () => {
    const both = new Float32Array(32);
    both.set(pixels);
    expect([...nearestMask(both, [4, 4, 1], [2, 2, 2])]).toEqual([0, 0, 0, 0, 1, 1, 0, 0, ...new Float32Array(8)]);
    expect([...nearestMask(pixels, [4, 4, 1], [4, 4, 1])]).toEqual([...pixels].map((value) => (value < 0.5 ? 0 : 1)));
  });
});
