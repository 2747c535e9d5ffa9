import { describe, expect, it } from 'vitest';
import { permutation } from '../../../src/core/random/permutation.js';

const key = { seed: 5, purpose: 'shuffle', step: 0 };

describe('permutation', () => {
  it.each([0, 1, 2, 3, 1500])('visits each of %i places once', (count) => {
    expect([...permutation(key, count)].toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
  });

  it('is a function of key and count', () => {
    expect(permutation(key, 100)).toEqual(permutation({ ...key }, 100));
    expect(permutation(key, 100)).not.toEqual(permutation({ ...key, step: 1 }, 100));
  });

  it('gives each of the 24 orders of 4 as often as any other', () => {
    const seen = new Map<string, number>();
    for (let step = 0; step < 24_000; step += 1) {
      const order = permutation({ ...key, step }, 4).join('');
      seen.set(order, (seen.get(order) ?? 0) + 1);
    }
    // Chi-square with 23 degrees of freedom: mean 23, standard deviation 6.8.
    const chi2 = [...seen.values()].reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0);
    expect(seen.size).toBe(24);
    expect(chi2).toBeLessThan(23 + 4 * 6.8);
  });
});
