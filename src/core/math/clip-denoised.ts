import type { NoiseLevel } from '../contracts/noise-level.js';
import type { Denoised } from '../contracts/sampler.js';
import type { Vector, VectorSpace } from '../contracts/vector.js';
import { changedReading } from './changed-reading.js';

/** Between which values estimates of the clean sample are kept. */
export type ClipBounds =
  /** Clamped to [-range, range]. */
  | { readonly range: number }
  /**
   * Dynamic thresholding (Saharia et al. 2022, "Imagen", section 2.3): clamped to [-s, s] and divided by s, where s is this
   * quantile of the sample's absolute values, but at least 1 and at most `max`.
   */
  | { readonly quantile: number; readonly max: number };

/** How estimates of the clean sample are clipped. */
export type Clipping = ClipBounds & {
  /**
   * True recomputes the noise, so that `x = alpha * denoised + sigma * noise` stays true. False keeps the raw noise, as
   * diffusers does; with guidance the two then drift apart.
   */
  readonly recomputeNoise: boolean;
};

/** Clips the estimate of the clean sample. Where `sigma` is 0 there is no noise to recompute. */
export function clipDenoised(
  space: VectorSpace,
  estimate: Denoised,
  x: Vector,
  { alpha, sigma }: NoiseLevel,
  clipping: Clipping,
): Denoised {
  const denoised = clipped(space, estimate.denoised, clipping);
  if (!clipping.recomputeNoise || sigma === 0) return changedReading(estimate, { denoised });
  const noise = space.combine([1 / sigma, x], [-alpha / sigma, denoised]);
  return changedReading({ denoised, noise }, { variance: estimate.variance });
}

function clipped(space: VectorSpace, denoised: Vector, bounds: ClipBounds): Vector {
  if ('range' in bounds) return space.clip(denoised, -bounds.range, bounds.range);
  const least = space.perSample('maximum', space.quantile(denoised, bounds.quantile), 1);
  const bound = space.perSample('minimum', least, bounds.max);
  const inside = space.clip(denoised, space.perSample('multiply', bound, -1), bound);
  return space.combine([space.perSample('divide', 1, bound), inside]);
}
