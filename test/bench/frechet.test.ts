import { describe, expect, it } from 'vitest';
import { frechetDistance, principalComponents } from '../../bench/solvers/frechet.js';

/** Four points with mean `m`, standard deviations `s` along axes turned by an angle, and no correlation along them. */
function cross([mx, my]: readonly [number, number], [sx, sy]: readonly [number, number], angle: number) {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const at = (u: number, v: number) => Float64Array.of(mx + c * u - s * v, my + s * u + c * v);
  // The variance of (1, -1, 0, 0) is 2/3.
  const [u, v] = [sx, sy].map((std) => std * Math.sqrt(3 / 2)) as [number, number];
  return [at(u, 0), at(-u, 0), at(0, v), at(0, -v)];
}

describe('frechetDistance', () => {
  it('is the distance of means and of standard deviations where covariances share their axes', () => {
    const [a, b] = [cross([1, 2], [3, 0.5], 0.4), cross([4, -2], [1, 2], 0.4)];
    expect(frechetDistance(a, b)).toBeCloseTo(3 ** 2 + 4 ** 2 + (3 - 1) ** 2 + (0.5 - 2) ** 2, 10);
    expect(frechetDistance(b, a)).toBeCloseTo(frechetDistance(a, b), 10);
    expect(frechetDistance(a, a)).toBeCloseTo(0, 10);
  });

  it('sees axes that are turned: tr(C + C\u2032 - 2 sqrt(C C\u2032)) of two by two in closed form', () => {
    const [a, b] = [cross([0, 0], [2, 1], 0), cross([0, 0], [2, 1], Math.PI / 4)];
    // tr sqrt(M) = sqrt(tr M + 2 sqrt(det M)); tr(C C') = (4 + 1)^2 / 2, det(C C') = 16.
    expect(frechetDistance(a, b)).toBeCloseTo(5 + 5 - 2 * Math.sqrt(25 / 2 + 8), 10);
  });
});

describe('principalComponents', () => {
  it('turns rows onto the axes of most variance', () => {
    const turned = principalComponents(cross([5, 5], [1, 3], 0.7), 1)(cross([5, 5], [1, 3], 0.7));
    expect(turned.map((row) => row.length)).toEqual([1, 1, 1, 1]);
    const lengths = turned.map((row) => Math.abs(row[0] ?? 0)).toSorted((a, b) => a - b);
    expect(lengths[0]).toBeCloseTo(0, 10);
    expect(lengths[3]).toBeCloseTo(3 * Math.sqrt(3 / 2), 10);
  });
});
