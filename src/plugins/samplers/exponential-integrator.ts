import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { Term, Vector } from '../../core/contracts/vector.js';
import type { PastEstimates } from './past-estimates.js';

/**
 * What a step integrates exactly but for a polynomial: the estimate of the clean sample on the reverse ODE (`denoised`,
 * DPM-Solver++) or on the reverse SDE (`denoised-sde`), or the estimate of the noise on the ODE (`noise`, DPM-Solver).
 */
export type ExponentialForm = 'denoised' | 'denoised-sde' | 'noise';

/** The linear part of a step: `x' = kept * x + scale * integral over tau in [0, h] of exp(rate * (h - tau)) * f(tau)`. */
export interface ExponentialStep {
  /** lambda where the step starts: tau is counted from there. */
  readonly start: number;
  readonly h: number;
  readonly kept: number;
  readonly scale: number;
  readonly rate: number;
}

/**
 * The linear part of a step in one of the forms (Lu et al. 2022, "DPM-Solver", proposition 3.1, and "DPM-Solver++",
 * proposition 4.1 and section 5). `noise` has no value from alpha = 0 or to sigma = 0; the others have there.
 */
export function exponentialStep(form: ExponentialForm, from: NoiseLevel, to: NoiseLevel): ExponentialStep {
  const h = to.lambda - from.lambda;
  const start = from.lambda;
  if (form === 'noise') return { start, h, kept: to.alpha / from.alpha, scale: -to.sigma, rate: 1 };
  const kept = to.sigma / from.sigma;
  if (form === 'denoised') return { start, h, kept, scale: to.alpha, rate: -1 };
  return { start, h, kept: kept * Math.exp(-h), scale: 2 * to.alpha, rate: -2 };
}

/**
 * How the polynomial through the estimates is integrated. `exact`: exactly. `midpoint`: its slope as if all of the weight
 * lay in the middle of the step. `straight`: its slope as if the exponential were 1. The others repeat mistakes of other
 * libraries: `half-curvature` takes half of the second difference, `curvature-sign` subtracts one half where one half is
 * to be added, `half-curvature-sign` does both.
 */
export type ExponentialRule =
  'exact' | 'midpoint' | 'straight' | 'half-curvature' | 'curvature-sign' | 'half-curvature-sign';

/**
 * The terms of a step from `x`, with the polynomial in lambda (of degree 0 to 3) that goes through the estimates. Their
 * places are lambdas; the first is where the step starts. One estimate is enough for a step of infinite width.
 */
export function exponentialTerms(
  step: ExponentialStep,
  x: Vector,
  estimates: PastEstimates,
  rule: ExponentialRule = 'exact',
): readonly Term[] {
  const places = estimates.map(([lambda]) => lambda - step.start);
  const moments = momentsOf(step, places.length, rule);
  const weights = places.map((_, of) =>
    basisPolynomial(places, of).reduce((sum, factor, power) => sum + factor * (moments[power] ?? 0), 0),
  );
  return [[step.kept, x], ...estimates.map(([, estimate], i) => [step.scale * (weights[i] ?? 0), estimate] as const)];
}

/** Integrals of `exp(rate * (h - tau)) * tau^k` over the step: `h^(k + 1) * k! * phi_(k + 1)(rate * h)`. */
function momentsOf({ h, rate }: ExponentialStep, count: number, rule: ExponentialRule): readonly number[] {
  const whole = Math.expm1(rate * h) / rate;
  return Array.from({ length: count }, (_, k) => {
    if (k === 0) return whole;
    if (k === 1 && rule === 'midpoint') return (h * whole) / 2;
    if (k === 1 && rule === 'straight') return h ** 2 / 2;
    const moment = h ** (k + 1) * factorial(k) * phi(k + 1, rate * h);
    return k === 2 ? mistaken(moment, h, rule) : moment;
  });
}

/** The second moment as other libraries have it. */
function mistaken(moment: number, h: number, rule: ExponentialRule): number {
  const signed = rule === 'curvature-sign' || rule === 'half-curvature-sign' ? moment - h ** 2 : moment;
  return rule.startsWith('half') ? signed / 2 : signed;
}

/**
 * The phi functions of exponential integrators (Hochbruck & Ostermann 2010, equation 2.10): `phi_0 = exp(z)`,
 * `phi_k = (phi_(k-1) - 1 / (k-1)!) / z`; by their series where that difference would cancel.
 */
export function phi(k: number, z: number): number {
  if (k === 0) return Math.exp(z);
  if (Math.abs(z) > 1) return (phi(k - 1, z) - 1 / factorial(k - 1)) / z;
  let term = 1 / factorial(k);
  let sum = 0;
  for (let j = 1; Math.abs(term) > Number.EPSILON * Math.abs(sum); j++) {
    sum += term;
    term *= z / (k + j);
  }
  return sum;
}

function factorial(n: number): number {
  return n < 2 ? 1 : n * factorial(n - 1);
}

/** Coefficients, constant first, of the polynomial that is 1 at one of the places and 0 at the others. */
function basisPolynomial(places: readonly number[], of: number): readonly number[] {
  const own = places[of] ?? Number.NaN;
  const product = [1];
  places.forEach((root, other) => {
    if (other === of) return;
    product.push(0);
    for (let power = product.length - 1; power >= 0; power--)
      product[power] = ((product[power - 1] ?? 0) - root * (product[power] ?? 0)) / (own - root);
  });
  return product;
}
