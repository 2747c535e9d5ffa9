import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { Denoised } from '../../core/contracts/sampler.js';
import type { Term, Vector, VectorSpace } from '../../core/contracts/vector.js';

/**
 * The sample that a reading speaks of: `x` itself or, where guidance decouples the noise from it, the one that the guided
 * estimate and the unguided noise make (Chung et al. 2024, "CFG++", algorithm 2: the renoising step at the same level).
 */
export function spokenSample(
  { combine }: Pick<VectorSpace, 'combine'>,
  x: Vector,
  { alpha, sigma }: NoiseLevel,
  { denoised, noise, unguided }: Denoised,
): Vector {
  return unguided === undefined ? x : combine([alpha, denoised], [sigma, noise]);
}

/** The estimate that the noise of a reading belongs to. */
export function unguidedOf({ denoised, unguided }: Denoised): Vector {
  return unguided ?? denoised;
}

/** Terms that add, at the end of a step of the unguided estimate, what guidance adds to it; none where both are one. */
export function guidanceTerms({ alpha }: NoiseLevel, { denoised, unguided }: Denoised): readonly Term[] {
  if (unguided === undefined) return [];
  return [
    [alpha, denoised],
    [-alpha, unguided],
  ];
}
