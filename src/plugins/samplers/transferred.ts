import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { Vector, VectorSpace } from '../../core/contracts/vector.js';

/**
 * The sample at another level if its noise is `noise` all the way: exact for the ODE `d(x / alpha) / d(sigma / alpha) =
 * noise` (the transfer of Liu et al. 2022, "PNDM", equation 11). Not for alpha = 0.
 */
export function transferred(
  { combine }: Pick<VectorSpace, 'combine'>,
  x: Vector,
  noise: Vector,
  from: NoiseLevel,
  to: NoiseLevel,
): Vector {
  const ratio = to.alpha / from.alpha;
  return combine([ratio, x], [to.sigma - ratio * from.sigma, noise]);
}
