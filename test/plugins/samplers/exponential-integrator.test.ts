import { describe, expect, it } from 'vitest';
import { float64Space } from 'rxdiffusion/testing';
import { vpLevel } from '../../../src/core/math/levels.js';
import { float64Of, fromFloat64 } from '../../../src/core/tensors/float64-space.js';
import {
  exponentialStep,
  exponentialTerms,
  phi,
  type ExponentialForm,
} from '../../../src/plugins/samplers/exponential-integrator.js';

describe('phi', () => {
  it.each([
    [1, -3],
    [2, -1.5],
    [2, -0.01],
    [3, 0.999],
    [3, 1.001],
    [3, -1e-5],
  ])('phi_%i(%f) is its integral', (k, z) => {
    const pieces = 20_000;
    const midpoints = Array.from({ length: pieces }, (_, i) => (i + 0.5) / pieces);
    const power = (theta: number): number => theta ** (k - 1) / (k === 3 ? 2 : 1);
    const integral = midpoints.reduce((sum, theta) => sum + Math.exp((1 - theta) * z) * power(theta), 0) / pieces;
    expect(phi(k, z)).toBeCloseTo(integral, 8);
  });

  it('is 1 / k! at 0, and loses no digits beside it', () => {
    expect([0, 1, 2, 3].map((k) => phi(k, 0))).toEqual([1, 1, 1 / 2, 1 / 6]);
    expect(phi(3, 1e-9)).toBeCloseTo(1 / 6 + 1e-9 / 24, 15);
  });
});

const [from, to] = [vpLevel(1, -0.7), vpLevel(0, 0.4)];
const space = float64Space();

/** Where one step ends whose estimates lie on a polynomial in lambda, from x = 2. */
function ended(form: ExponentialForm, curve: (tau: number) => number, places: readonly number[]): number {
  const estimates = places.map((tau) => [from.lambda + tau, fromFloat64(Float64Array.of(curve(tau)))] as const);
  const terms = exponentialTerms(exponentialStep(form, from, to), fromFloat64(Float64Array.of(2)), estimates);
  return float64Of(space.combine(...terms))[0] ?? Number.NaN;
}

/** The same by quadrature of the exact solution. */
function exactly(form: ExponentialForm, curve: (tau: number) => number): number {
  const { kept, scale, rate, h } = exponentialStep(form, from, to);
  const pieces = 20_000;
  const midpoints = Array.from({ length: pieces }, (_, i) => ((i + 0.5) * h) / pieces);
  return 2 * kept + scale * midpoints.reduce((sum, t) => sum + (Math.exp(rate * (h - t)) * curve(t) * h) / pieces, 0);
}

describe('exponentialTerms', () => {
  const forms: readonly ExponentialForm[] = ['denoised', 'denoised-sde', 'noise'];

  it.each(forms)('%s: polynomials in lambda are integrated exactly, whatever the places', (form) => {
    const constant = (): number => 0.7;
    const line = (tau: number): number => 0.7 - 1.3 * tau;
    const parabola = (tau: number): number => 0.7 - 1.3 * tau + 0.9 * tau ** 2;
    expect(ended(form, constant, [0])).toBeCloseTo(exactly(form, constant), 7);
    expect(ended(form, line, [0, -0.6])).toBeCloseTo(exactly(form, line), 7);
    expect(ended(form, parabola, [0, -0.6, -0.9])).toBeCloseTo(exactly(form, parabola), 7);
    expect(ended(form, parabola, [0, 0.2, 0.5])).toBeCloseTo(exactly(form, parabola), 7);
  });

  it('the forms in x0 and in noise are the same step where both estimates are constant in turn', () => {
    const noise = (2 - from.alpha * 0.7) / from.sigma;
    const byDenoised = ended('denoised', () => 0.7, [0]);
    expect(ended('noise', () => noise, [0])).toBeCloseTo(byDenoised, 12);
    expect(byDenoised).toBeCloseTo(to.alpha * 0.7 + to.sigma * noise, 12);
  });

  it('one estimate is enough for a step to the clean level', () => {
    const clean = { t: 0, alpha: 1, sigma: 0, lambda: Infinity };
    const x = fromFloat64(Float64Array.of(2));
    const estimates = [[from.lambda, fromFloat64(Float64Array.of(0.7))]] as const;
    const terms = exponentialTerms(exponentialStep('denoised', from, clean), x, estimates);
    expect(float64Of(space.combine(...terms))[0]).toBe(0.7);
  });
});
