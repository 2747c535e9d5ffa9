import type { GuidanceContext } from '../../core/contracts/guidance.js';
import type { Denoised } from '../../core/contracts/sampler.js';
import type { Vector, VectorSpace } from '../../core/contracts/vector.js';

/** A reading and its weight. */
type Weighed = readonly [weight: number, reading: Denoised];

/** The weighed sum of readings of one `x`; a reading of that `x` again where the weights add up to 1. */
export function mixedReadings({ combine }: VectorSpace, ...readings: readonly Weighed[]): Denoised {
  const sum = (of: 'denoised' | 'noise'): Vector =>
    combine(...readings.map(([weight, reading]) => [weight, reading[of]] as const));
  return { denoised: sum('denoised'), noise: sum('noise') };
}

/**
 * A reading whose estimate of the clean sample is shifted; the noise follows, so that it stays one of the same `x`. Where
 * `sigma` is 0 there is no noise to follow.
 */
export function shiftedReading(
  { combine, level: { alpha, sigma } }: Pick<GuidanceContext, 'combine' | 'level'>,
  reading: Denoised,
  shift: Vector,
): Denoised {
  const denoised = combine([1, reading.denoised], [1, shift]);
  if (sigma === 0) return { denoised, noise: reading.noise };
  return { denoised, noise: combine([1, reading.noise], [-alpha / sigma, shift]) };
}
