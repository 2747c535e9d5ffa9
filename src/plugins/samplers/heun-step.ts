import type { StepContext } from '../../core/contracts/sampler.js';
import type { Vector } from '../../core/contracts/vector.js';
import { flowTrapezoid } from './flow-coordinate.js';

/**
 * The trapezoidal rule on the probability-flow ODE (Karras et al. 2022, algorithm 1): in `x / alpha` over
 * `sigma / alpha`; from alpha = 0 in the flow coordinate. Two network calls, one in a step to the clean level.
 */
export function heunStep(
  x: Vector,
  { from, to, denoise, combine }: Pick<StepContext, 'from' | 'to' | 'denoise' | 'combine'>,
): Vector {
  const first = denoise(x, from);
  const predicted = combine([to.alpha, first.denoised], [to.sigma, first.noise]);
  if (to.sigma === 0) return predicted;
  const second = denoise(predicted, to);
  if (from.alpha === 0) return combine(...flowTrapezoid(from, to, x, [first, second]));
  const ratio = to.alpha / from.alpha;
  const half = (to.sigma - ratio * from.sigma) / 2;
  return combine([ratio, x], [half, first.noise], [half, second.noise]);
}
