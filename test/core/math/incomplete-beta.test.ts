import { describe, expect, it } from 'vitest';
import { incompleteBeta, inverseIncompleteBeta } from '../../../src/core/math/incomplete-beta.js';

const PLACES = [1e-12, 1e-6, 0.01, 0.2, 0.5, 0.77, 0.999, 1 - 1e-9];

describe('inverseIncompleteBeta', () => {
  it('is the arcsine law at (1/2, 1/2)', () => {
    for (const p of PLACES) {
      const exact = Math.sin((Math.PI * p) / 2) ** 2;
      expect(Math.abs(inverseIncompleteBeta(p, 0.5, 0.5) / exact - 1)).toBeLessThan(1e-13);
    }
  });

  it.each([0.3, 1, 4.5])('has its closed form at (1, %d)', (b) => {
    for (const p of PLACES) {
      const exact = -Math.expm1(Math.log1p(-p) / b);
      expect(Math.abs(inverseIncompleteBeta(p, 1, b) - exact)).toBeLessThan(3e-14 * exact);
    }
  });

  it.each([
    [0.6, 0.6],
    [0.2, 3],
    [7, 2.5],
    [40, 60],
  ])('undoes the distribution (%d, %d)', (a, b) => {
    // Closer to 1 than this the numbers themselves lie too far apart where b is less than 1.
    for (const p of PLACES.filter((place) => place < 0.9999))
      expect(Math.abs(incompleteBeta(inverseIncompleteBeta(p, a, b), a, b) - p)).toBeLessThan(1e-13);
  });

  it('ends at 0 and 1', () => {
    expect([0, 1].map((p) => inverseIncompleteBeta(p, 0.6, 0.6))).toEqual([0, 1]);
  });
});
