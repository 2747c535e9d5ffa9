import type { StepContext } from '../../core/contracts/sampler.js';
import type { ExponentialStep } from './exponential-integrator.js';

/** A step of the reverse SDE: its linear part, and the standard deviation of its noise. */
export interface SdeStep extends ExponentialStep {
  readonly std: number;
  /** The clock in which the noise of the step is an increment of one Brownian path. */
  readonly clock: number;
}

/**
 * A step of `dy = -(1 + rate) (y - x0) dlambda + sqrt(2 rate) s dw`, in `y = x / alpha` and `s = sigma / alpha`: the reverse
 * SDE with `rate` times its noise, 0 being the ODE and 1 the plain SDE. Integrated exactly but for the estimate of x0, or
 * for that of the noise (Lu et al. 2022, "DPM-Solver++", appendix B; Xue et al. 2023, "SA-Solver", equations 9 and 10 with
 * tau² for the rate). The form in noise has no value from alpha = 0 or to sigma = 0.
 */
export function sdeStep(
  form: 'denoised' | 'noise',
  { from, to }: Pick<StepContext, 'from' | 'to'>,
  rate: number,
): SdeStep {
  const h = to.lambda - from.lambda;
  const base = { start: from.lambda, h };
  if (form === 'noise') {
    const std = to.sigma * Math.sqrt(rate * Math.max(0, Math.expm1(2 * h)));
    return { ...base, kept: to.alpha / from.alpha, scale: -(1 + rate) * to.sigma, rate: 1, std, clock: -1 };
  }
  // Two levels that should be one may differ by a rounding error, either way.
  const damping = rate === 0 ? 0 : Math.max(0, rate * h);
  const kept = (to.sigma / from.sigma) * Math.exp(-damping);
  const std = to.sigma * Math.sqrt(-Math.expm1(-2 * damping));
  return { ...base, kept, scale: (1 + rate) * to.alpha, rate: -(1 + rate), std, clock: rate };
}
