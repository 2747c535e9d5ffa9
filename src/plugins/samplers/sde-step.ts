import type { StepContext } from '../../core/contracts/sampler.js';

/** A step of the reverse SDE while the estimate of the clean sample stands still. */
export interface SdeStep {
  /** Weight of the sample. */
  readonly kept: number;
  /** Weight of the estimate of the clean sample. */
  readonly first: number;
  /** Width of the step as the exponential has it: `(1 + rate) h`. */
  readonly width: number;
  /** Standard deviation of the noise. */
  readonly std: number;
}

/**
 * Exact solution of `dy = -(1 + rate) (y - x0) dlambda + sqrt(2 rate) s dw` in `y = x / alpha`, `s = sigma / alpha` for a
 * constant x0: the reverse SDE with `rate` times its noise (Lu et al. 2022, "DPM-Solver++", appendix B, equations of
 * SDE-DPM-Solver++ for rate 1; Xue et al. 2023, "SA-Solver", equation 9 with rate tau²). Rate 0 is the ODE.
 */
export function sdeStep({ from, to }: Pick<StepContext, 'from' | 'to'>, rate: number): SdeStep {
  const h = to.lambda - from.lambda;
  const damping = rate === 0 ? 0 : rate * h;
  return {
    kept: (to.sigma / from.sigma) * Math.exp(-damping),
    first: to.alpha * -Math.expm1(-h - damping),
    width: h + damping,
    std: to.sigma * Math.sqrt(-Math.expm1(-2 * damping)),
  };
}
