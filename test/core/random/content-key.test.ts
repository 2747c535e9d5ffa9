import { describe, expect, it } from 'vitest';
import { contentKey } from '../../../src/core/random/content-key.js';

describe('contentKey', () => {
  // By a MurmurHash3 x86_128 in Python that gives the published hash of "The quick brown fox jumps over the lazy dog".
  it.each([
    [0, '00000000000000000000000000000000'],
    [1, '9d017eb028cd461528cd461528cd4615'],
    [3, 'd273b28c434d0ddc3f61b8740d58d31f'],
    [4, '8e3a85543749b50953bd58dc8f33d485'],
    [7, '0da3acb93461f2b07e38da04f2ba0aeb'],
    [64, '45b8c21f3fc6d2ec68a26d66fcf65dd5'],
  ])('of %i numbers is MurmurHash3 of their bytes', (length, key) => {
    const numbers = Float32Array.from({ length: length + 3 }, (_, i) => (i - 3) / 8 - 2);
    // A part of a larger array, whose bytes do not begin at 0.
    expect(contentKey(numbers.subarray(3))).toBe(key);
  });

  it('tells numbers apart that differ in one bit', () => {
    const keys = Array.from({ length: 1000 }, (_, i) => {
      const numbers = new Float32Array(40);
      new Uint32Array(numbers.buffer)[i % 40] = 2 ** Math.floor(i / 40);
      return contentKey(numbers);
    });
    expect(new Set(keys).size).toBe(1000);
  });
});
