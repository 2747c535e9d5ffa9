import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { Denoised } from '../../core/contracts/sampler.js';
import type { Term, Vector } from '../../core/contracts/vector.js';

/**
 * The coordinate in which every path is straight flow: `y = x / (alpha + sigma)` over `u = sigma / (alpha + sigma)`, with
 * slope `dy / du = noise - x0`, finite from alpha = 0 to sigma = 0 (Lipman et al. 2023; on their path y is x and u the
 * time).
 */
export function flowTime({ alpha, sigma }: NoiseLevel): number {
  return sigma / (alpha + sigma);
}

/** The terms of `x'` for a straight step along the slope of a reading: Euler's rule. */
export function flowEulerTerms(from: NoiseLevel, to: NoiseLevel, x: Vector, reading: Denoised): readonly Term[] {
  return [keptBy(from, to, x), ...slope(widthOf(from, to), reading)];
}

/** The terms of `x'` for a step along the mean slope of the readings at both of its ends: the trapezoidal rule. */
export function flowTrapezoid(
  from: NoiseLevel,
  to: NoiseLevel,
  x: Vector,
  [first, second]: readonly [Denoised, Denoised],
): readonly Term[] {
  const half = widthOf(from, to) / 2;
  return [keptBy(from, to, x), ...slope(half, first), ...slope(half, second)];
}

function keptBy(from: NoiseLevel, to: NoiseLevel, x: Vector): Term {
  return [(to.alpha + to.sigma) / (from.alpha + from.sigma), x];
}

function widthOf(from: NoiseLevel, to: NoiseLevel): number {
  return (to.alpha + to.sigma) * (flowTime(to) - flowTime(from));
}

function slope(width: number, { noise, denoised }: Denoised): readonly Term[] {
  return [
    [width, noise],
    [-width, denoised],
  ];
}
