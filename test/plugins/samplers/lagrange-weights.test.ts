import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lagrangeWeights } from '../../../src/plugins/samplers/lagrange-weights.js';

describe('lagrangeWeights', () => {
  it('are those of Adams and Bashforth on even steps', () => {
    const weights = lagrangeWeights([0, -1, -2, -3], 1).map((weight) => weight * 24);
    [55, -59, 37, -9].forEach((expected, i) => expect(weights[i]).toBeCloseTo(expected, 10));
  });

  it('integrate every polynomial of their degree exactly', () => {
    const cubic = fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(cubic, ([a = 0, b = 0, c = 0, d = 0]) => {
        const places = [2, 3.5, 5.1, 9];
        const value = (x: number): number => a + b * x + c * x ** 2 + d * x ** 3;
        const integral = (x: number): number => a * x + (b * x ** 2) / 2 + (c * x ** 3) / 3 + (d * x ** 4) / 4;
        const weights = lagrangeWeights(places, 1.2);
        const sum = places.reduce((total, place, i) => total + (weights[i] ?? 0) * value(place), 0);
        expect(sum).toBeCloseTo(integral(1.2) - integral(2), 8);
      }),
    );
  });
});
