import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { normals, uniforms } from '../../../src/core/random/draws.js';
import { philoxKey } from '../../../src/core/random/philox-key.js';
import { philox4x32 } from '../../../src/core/random/philox.js';

const key = { seed: 20_240_607, purpose: 'start', step: 3 };

/**
 * SHA-256 of 10,000 doubles, little-endian, as printed by `tools/noise-digest.ts` on Node 20.20, 22.23 and 24.21
 * (`npm run check:nodes`). A change here changes every picture that a seed stands for.
 */
const DIGESTS = {
  normals: '9c691759e1a60e62577ebb9c60447473b2274b8a2e7ce1531766d3f49cc17005',
  uniforms: '7280041ef136ae23efeb886c4ea2e25ae7f85e2ced7a64240147d685273e5517',
};

describe.each([
  ['normals', normals],
  ['uniforms', uniforms],
] as const)('%s', (name, draw) => {
  it('has the bytes that it has always had', () => {
    const bytes = new Uint8Array(draw(key, 10_000).buffer);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(DIGESTS[name]);
  });

  it('gives an element that does not depend on the count', () => {
    const whole = draw(key, 101);
    for (const count of [0, 1, 2, 3, 64, 100]) expect(draw(key, count)).toEqual(whole.subarray(0, count));
  });

  it('begins anywhere: what it gives is what lies there in the whole', () => {
    const whole = draw(key, 101);
    for (const from of [0, 1, 2, 7, 100]) expect(draw(key, 101 - from, from)).toEqual(whole.slice(from));
    expect(draw(key, 1, 4)).toEqual(whole.slice(4, 5));
  });

  it('changes with seed, purpose and step', () => {
    const others = [
      { ...key, seed: key.seed + 1 },
      { ...key, seed: -key.seed },
      { ...key, purpose: 'step' },
      { ...key, step: 4 },
    ];
    const first = [key, ...others].map((each) => draw(each, 1)[0]);
    expect(new Set(first).size).toBe(first.length);
  });

  it('refuses a seed that is no safe integer', () => {
    expect(() => draw({ ...key, seed: 1.5 }, 1)).toThrow(/RXD_REQUEST_INVALID/);
  });
});

describe('uniforms', () => {
  it('lie in [0, 1) and fill 100 bins evenly', () => {
    const draws = uniforms(key, 1_000_000);
    const bins = new Float64Array(100);
    for (const u of draws) bins[Math.floor(u * 100)]! += 1;
    expect(draws.every((u) => u >= 0 && u < 1)).toBe(true);
    // Chi-square with 99 degrees of freedom: mean 99, standard deviation 14.1.
    const chi2 = bins.reduce((sum, n) => sum + (n - 10_000) ** 2 / 10_000, 0);
    expect(Math.abs(chi2 - 99)).toBeLessThan(4 * 14.1);
  });
});

describe('normals', () => {
  const count = 1_000_000;
  const draws = normals(key, count);
  const mean = (of: (x: number, i: number) => number): number => draws.reduce((sum, x, i) => sum + of(x, i), 0) / count;

  it('has the moments of a standard normal within 4 standard errors', () => {
    expect(Math.abs(mean((x) => x))).toBeLessThan(4 / 1000);
    expect(Math.abs(mean((x) => x * x) - 1)).toBeLessThan((4 * Math.sqrt(2)) / 1000);
    expect(Math.abs(mean((x) => x ** 3))).toBeLessThan((4 * Math.sqrt(15)) / 1000);
    expect(Math.abs(mean((x) => x ** 4) - 3)).toBeLessThan((4 * Math.sqrt(96)) / 1000);
  });

  it('has the tails of a standard normal', () => {
    // P(|x| > 1), P(|x| > 2), P(|x| > 3): tables of the normal distribution.
    for (const [bound, expected] of [
      [1, 0.317310507863],
      [2, 0.045500263896],
      [3, 0.002699796063],
    ] as const) {
      const share = mean((x) => (Math.abs(x) > bound ? 1 : 0));
      expect(Math.abs(share - expected)).toBeLessThan(4 * Math.sqrt(expected / count));
    }
  });

  it('is uncorrelated between neighbours, steps and seeds', () => {
    const step = normals({ ...key, step: 4 }, count);
    const seed = normals({ ...key, seed: key.seed + 1 }, count);
    expect(Math.abs(mean((x, i) => x * (draws[i ^ 1] ?? 0)))).toBeLessThan((4 * Math.SQRT2) / 1000);
    for (const other of [step, seed]) expect(Math.abs(mean((x, i) => x * (other[i] ?? 0)))).toBeLessThan(4 / 1000);
  });

  it('is Box and Muller’s transform of the words of its block', () => {
    const { key0, key1, counter1, counter2, counter3 } = philoxKey(key, 'normal');
    const words = new Int32Array(4);
    const unit = (low = 0, high = 0): number => ((high >>> 6) * 2 ** 27 + (low >>> 5)) / 2 ** 53;
    for (let block = 0; block < 5000; block += 1) {
      philox4x32(words, block, counter1, counter2, counter3, key0, key1);
      const radius = Math.sqrt(-2 * Math.log(1 - unit(words[0], words[1])));
      const angle = 2 * Math.PI * unit(words[2], words[3]);
      expect(draws[2 * block]).toBeCloseTo(radius * Math.cos(angle), 13);
      expect(draws[2 * block + 1]).toBeCloseTo(radius * Math.sin(angle), 13);
    }
  });
});
