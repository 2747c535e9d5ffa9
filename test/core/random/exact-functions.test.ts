import { describe, expect, it } from 'vitest';
import { cosSmall, log, sinSmall } from '../../../src/core/random/exact-functions.js';
import { uniforms } from '../../../src/core/random/draws.js';

const COUNT = 200_000;
const units = uniforms({ seed: 1, purpose: 'test', step: 0 }, COUNT);

/** `Math` itself may be wrong by a unit in the last place, 2.2e-16. */
const TOLERANCE = 1e-15;

function largestRelativeError(
  points: Float64Array,
  ours: (x: number) => number,
  theirs: (x: number) => number,
): number {
  return points.reduce((worst, x) => Math.max(worst, Math.abs(ours(x) - theirs(x)) / Math.abs(theirs(x) || 1)), 0);
}

describe('exact functions', () => {
  it('log agrees with Math.log in (0, 1]', () => {
    expect(
      largestRelativeError(
        units.map((u) => 1 - u),
        log,
        Math.log,
      ),
    ).toBeLessThan(TOLERANCE);
  });

  it('log agrees near 1, at powers of two and over the whole range', () => {
    const near = units.map((u) => 1 + (u - 0.5) * 1e-6);
    const wide = units.map((u) => 2 ** ((u - 0.5) * 2000));
    const powers = Float64Array.from({ length: 106 }, (_, k) => 2 ** (k - 53));
    for (const points of [near, wide, powers])
      expect(largestRelativeError(points, log, Math.log)).toBeLessThan(TOLERANCE);
    expect(log(1)).toBe(0);
  });

  it('sine and cosine agree with Math to an eighth of a turn', () => {
    const angles = units.map((u) => ((u - 0.5) * Math.PI) / 2);
    expect(largestRelativeError(angles, sinSmall, Math.sin)).toBeLessThan(TOLERANCE);
    expect(largestRelativeError(angles, cosSmall, Math.cos)).toBeLessThan(TOLERANCE);
    expect([sinSmall(0), cosSmall(0)]).toEqual([0, 1]);
  });
});
