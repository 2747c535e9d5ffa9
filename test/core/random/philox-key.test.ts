import { describe, expect, it } from 'vitest';
import { philoxKey } from '../../../src/core/random/philox-key.js';

describe('philoxKey', () => {
  it('keeps every bit of the seed: 64-bit two’s complement', () => {
    expect(philoxKey({ seed: -1, purpose: 'start', step: 0 }, 'normal')).toMatchObject({ key0: -1, key1: -1 });
    expect(philoxKey({ seed: 2 ** 32 + 5, purpose: 'start', step: 0 }, 'normal')).toMatchObject({ key0: 5, key1: 1 });
    const largest = philoxKey({ seed: Number.MAX_SAFE_INTEGER, purpose: 'start', step: 0 }, 'normal');
    expect(largest).toMatchObject({ key0: -1, key1: 0x1fffff });
  });

  it('gives different words to different seeds, purposes, steps and kinds', () => {
    const seeds = [0, 1, -1, 2 ** 32, -(2 ** 32), 2 ** 40, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
    const steps = [0, 1, -1, 2 ** 31, 2 ** 32, 2 ** 33, 2 ** 32 + 1];
    const words = new Set<string>();
    for (const seed of seeds)
      for (const step of steps)
        for (const purpose of ['start', 'step', 'train/noise', ''])
          for (const kind of ['normal', 'uniform', 'seed'] as const)
            words.add(JSON.stringify(philoxKey({ seed, purpose, step }, kind)));
    expect(words.size).toBe(seeds.length * steps.length * 4 * 3);
  });

  it.each([
    ['seed', { seed: 0.5, purpose: 'start', step: 0 }],
    ['seed', { seed: Number.NaN, purpose: 'start', step: 0 }],
    ['step', { seed: 0, purpose: 'start', step: 2 ** 53 }],
  ])('refuses a %s that is no safe integer', (name, key) => {
    expect(() => philoxKey(key, 'normal')).toThrow(new RegExp(`RXD_REQUEST_INVALID: the ${name} of`));
  });
});
