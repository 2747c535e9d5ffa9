import type { NoiseLevel } from '../contracts/noise-level.js';
import type { Denoised } from '../contracts/sampler.js';
import type { Vector, VectorSpace } from '../contracts/vector.js';

/** How estimates of the clean sample are clipped. */
export interface Clipping {
  /** Estimates are clamped to [-range, range]. */
  readonly range: number;
  /**
   * True recomputes the noise, so that `x = alpha * denoised + sigma * noise` stays true. False keeps the raw noise, as
   * diffusers does; with guidance the two then drift apart.
   */
  readonly recomputeNoise: boolean;
}

/** Clips the estimate of the clean sample. Where `sigma` is 0 there is no noise to recompute. */
export function clipDenoised(
  space: VectorSpace,
  estimate: Denoised,
  x: Vector,
  { alpha, sigma }: NoiseLevel,
  { range, recomputeNoise }: Clipping,
): Denoised {
  const denoised = space.clip(estimate.denoised, -range, range);
  const variance = estimate.variance === undefined ? {} : { variance: estimate.variance };
  if (!recomputeNoise || sigma === 0) return { denoised, noise: estimate.noise, ...variance };
  return { denoised, noise: space.combine([1 / sigma, x], [-alpha / sigma, denoised]), ...variance };
}
