import { describe, expect, it } from 'vitest';
import { deriveSeed } from '../../../src/core/random/derive-seed.js';

describe('deriveSeed', () => {
  it('gives safe integers that differ by seed, purpose and index', () => {
    const seeds = [0, 1, -1, 2 ** 40].flatMap((seed) =>
      ['sample', 'worker'].flatMap((purpose) => [0, 1, 2, 1e6].map((index) => deriveSeed(seed, purpose, index))),
    );
    expect(new Set(seeds).size).toBe(seeds.length);
    expect(seeds.every((seed) => Number.isSafeInteger(seed) && seed >= 0)).toBe(true);
  });

  it('is stable', () => {
    expect(deriveSeed(0, 'sample', 0)).toBe(deriveSeed(0, 'sample'));
    expect([deriveSeed(0, 'sample', 0), deriveSeed(1, 'sample', 7)]).toEqual([6456572505916786, 6449024448074454]);
  });

  it('refuses an index that is no integer', () => {
    expect(() => deriveSeed(0, 'sample', 0.5)).toThrow(/RXD_REQUEST_INVALID/);
  });
});
