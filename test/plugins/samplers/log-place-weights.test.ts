import { describe, expect, it } from 'vitest';
import { logPlaceWeights } from '../../../src/plugins/samplers/log-place-weights.js';

/** The integral of a function by the midpoint rule, in many pieces. */
function integral(f: (s: number) => number, from: number, to: number): number {
  const pieces = 200_000;
  const width = (to - from) / pieces;
  return Array.from({ length: pieces }, (_, i) => f(from + (i + 0.5) * width)).reduce((sum, y) => sum + y * width, 0);
}

describe('logPlaceWeights', () => {
  const curve = (s: number): number => 0.3 - 1.2 * Math.log(s) + 0.7 * Math.log(s) ** 2;

  it('integrate a parabola in ln s exactly through three places', () => {
    const places = [2, 3.1, 5];
    const weights = logPlaceWeights(places, 1.1);
    const sum = places.reduce((total, place, i) => total + (weights[i] ?? 0) * curve(place), 0);
    expect(sum).toBeCloseTo(integral(curve, 2, 1.1), 7);
  });

  it('integrate down to 0', () => {
    const weights = logPlaceWeights([2, 3], 0);
    const line = (s: number): number => 1 + Math.log(s);
    expect((weights[0] ?? 0) * line(2) + (weights[1] ?? 0) * line(3)).toBeCloseTo(-2 * Math.log(2), 10);
  });

  it('are the width of the step where there is one place', () => expect(logPlaceWeights([2], 0.5)).toEqual([-1.5]));
});
