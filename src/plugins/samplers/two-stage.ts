import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { Sampler, StepContext } from '../../core/contracts/sampler.js';
import { defineSampler } from '../../core/assembly/define-sampler.js';
import { exponentialTerms, type ExponentialRule } from './exponential-integrator.js';
import type { SdeNoise } from './sde-noise.js';
import { sdeStep } from './sde-step.js';
import { stagedNoise } from './staged-noise.js';

/** What `twoStage` is made of. */
export interface TwoStage extends SdeNoise {
  /** Where the second call is made, as a share of the step in lambda; 1 is its end. */
  readonly r: number;
  /** How the slope between the two estimates is weighed. */
  readonly rule: ExponentialRule;
}

/**
 * Whether a step has stages: not from pure noise and not to the clean level, whose lambdas are infinite, and not where a
 * grid repeats a level.
 */
export function hasStages({ from, to }: Pick<StepContext, 'from' | 'to'>): boolean {
  return from.alpha > 0 && to.sigma > 0 && from.lambda !== to.lambda;
}

/** A level inside of a step, at a share of its way in lambda; its end itself at 1. */
export function levelInside({ from, to, level }: StepContext, share: number): NoiseLevel {
  return share === 1 ? to : level({ lambda: from.lambda + share * (to.lambda - from.lambda) });
}

/**
 * An exponential Runge-Kutta method with two stages on the reverse SDE (on the ODE with `eta` 0): the estimate of x0 is
 * linear in lambda through the start of the step and a place inside of it.
 */
export function twoStage({ r, rule, ...draws }: TwoStage): Sampler {
  const { eta, noiseScale } = draws;
  return defineSampler({
    order: eta > 0 ? 1 : 2,
    stochastic: eta > 0 && noiseScale > 0,
    calls: (step) => (hasStages(step) ? 2 : 1),
    init: (x) => ({ x }),
    step({ x }, ctx) {
      const { from, to, denoise, combine } = ctx;
      const first = [from.lambda, denoise(x, from).denoised] as const;
      const whole = sdeStep('denoised', ctx, eta);
      if (!hasStages(ctx)) {
        const [drawn = []] = stagedNoise(ctx, [to], draws);
        return { x: combine(...exponentialTerms(whole, x, [first]), ...drawn) };
      }
      const inside = levelInside(ctx, r);
      const [early = [], late = []] = stagedNoise(ctx, [inside, to], draws);
      const stage = sdeStep('denoised', { from, to: inside }, eta);
      const there = denoise(combine(...exponentialTerms(stage, x, [first]), ...early), inside).denoised;
      return { x: combine(...exponentialTerms(whole, x, [first, [inside.lambda, there]], rule), ...late) };
    },
  });
}
