import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BrownianPath } from '../../../src/core/random/brownian-path.js';
import { normals } from '../../../src/core/random/draws.js';

const path = (seed = 0, size = 4): BrownianPath =>
  new BrownianPath((node) => normals({ seed, purpose: 'brownian', step: node }, size));

/** Standard deviation of an increment in the clock `exp(2 rate lambda) / (2 rate)`. */
const std = (from: number, to: number, rate: number): number =>
  Math.sqrt(rate === 0 ? to - from : (Math.exp(2 * rate * to) - Math.exp(2 * rate * from)) / (2 * rate));

const near = (a: Float64Array, b: Float64Array, digits = 9): void =>
  a.forEach((value, i) => expect(value).toBeCloseTo(b[i] ?? Number.NaN, digits));

const places = fc.uniqueArray(fc.integer({ min: -3000, max: 3000 }), { minLength: 3, maxLength: 3 });
const rates = fc.constantFrom(1, 0.25, 0, -1, 2.5);

describe('a Brownian path', () => {
  it('has increments that add up', () => {
    fc.assert(
      fc.property(places, rates, (chosen, rate) => {
        const [a = 0, b = 0, c = 0] = chosen.toSorted((x, y) => x - y).map((place) => place / 488);
        const [first, second] = [path().increment(a, b, rate), path().increment(b, c, rate)];
        const whole = first.map((value, i) => std(a, b, rate) * value + std(b, c, rate) * (second[i] ?? 0));
        near(
          path().increment(a, c, rate),
          whole.map((value) => value / std(a, c, rate)),
          6,
        );
      }),
      { numRuns: 100 },
    );
  });

  it('does not depend on what was asked before', () => {
    const asked = path();
    for (const place of [-2.2, 0.1, 0.7, 3]) asked.increment(place, place + 0.3, 1);
    expect(asked.increment(-0.4, 0.25, 1)).toEqual(path().increment(-0.4, 0.25, 1));
    expect(asked.increment(-0.4, 0.25, 0.5)).toEqual(path().increment(-0.4, 0.25, 0.5));
  });

  it('has unit increments that are independent where they do not overlap', () => {
    const size = 20_000;
    const [first, second] = [path(3, size).increment(-1.3, 0.21, 1), path(3, size).increment(0.21, 0.2125, 1)];
    const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / size;
    for (const each of [first, second]) {
      expect(Math.abs(mean(each))).toBeLessThan(0.03);
      expect(Math.abs(mean(each.map((value) => value ** 2)) - 1)).toBeLessThan(0.05);
      expect(Math.abs(mean(each.map((value) => value ** 4)) - 3)).toBeLessThan(0.3);
    }
    expect(Math.abs(mean(first.map((value, i) => value * (second[i] ?? 0))))).toBeLessThan(0.03);
  });

  it('shares the noise of overlapping increments as the clock says', () => {
    const size = 20_000;
    const [half, whole] = [path(5, size).increment(0, 0.4, 1), path(5, size).increment(0, 0.9, 1)];
    const covariance = half.reduce((sum, value, i) => sum + value * (whole[i] ?? 0), 0) / size;
    expect(covariance).toBeCloseTo(std(0, 0.4, 1) / std(0, 0.9, 1), 1.5);
  });

  it('runs backwards with the opposite sign, and stands still at one place', () => {
    expect(path().increment(1, -0.5, 1)).toEqual(
      path()
        .increment(-0.5, 1, 1)
        .map((value) => -value),
    );
    expect(path().increment(0.3, 0.3, 1)).toEqual(new Float64Array(4));
  });

  it('reaches from pure noise to the clean level', () => {
    for (const rate of [1, 20, 0.01, 0, -1]) {
      const values = [path().increment(-Infinity, 0.3, rate), path().increment(0.3, Infinity, rate)];
      for (const each of values) expect(each.every((value) => Number.isFinite(value) && value !== 0)).toBe(true);
    }
  });

  it('gives an element that does not depend on the size, and other paths to other seeds', () => {
    const wide = path(0, 9).increment(-1, 0.5, 1);
    near(wide.subarray(0, 4), path().increment(-1, 0.5, 1), 15);
    expect(path(1).increment(-1, 0.5, 1)).not.toEqual(path().increment(-1, 0.5, 1));
  });
});
