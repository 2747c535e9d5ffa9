import type { Sampler, StepContext } from '../../core/contracts/sampler.js';
import { defineSampler } from '../../core/assembly/define-sampler.js';
import { exponentialTerms, type ExponentialRule } from './exponential-integrator.js';
import { isUsable } from './exponential-multistep.js';
import { recalled, remembered } from './past-estimates.js';
import { drawnNoise } from './sde-noise.js';
import { sdeStep } from './sde-step.js';

/** What `sdeMultistep` is made of. */
export interface SdeMultistep {
  /** The estimate that is a polynomial in lambda. */
  readonly form: 'denoised' | 'noise';
  /** Levels that a step looks at, 1 to 3: this one and those before. */
  readonly levels: number;
  /** The same for a step that is to look at fewer. */
  readonly levelsAt: (place: Pick<StepContext, 'index' | 'count'>) => number;
  /** How steps of second and of third order weigh their derivatives. */
  readonly secondOrder: ExponentialRule;
  readonly thirdOrder?: ExponentialRule;
  readonly eta: number;
  readonly noiseScale: number;
  readonly noise: 'brownian' | 'independent';
}

/**
 * A multistep exponential integrator on the reverse SDE: estimates at the last levels are a polynomial in lambda that is
 * integrated exactly, and the noise of each step is an increment of one path. With noise its strong order is 1; looking at
 * more levels makes the error of the drift smaller. It starts with lower orders, so on the ODE its order is 2 at most.
 */
export function sdeMultistep(options: SdeMultistep): Sampler {
  const { levels, levelsAt, eta, noise, noiseScale, secondOrder, thirdOrder = 'exact' } = options;
  return defineSampler({
    order: eta > 0 ? 1 : Math.min(levels, 2),
    stochastic: eta > 0,
    init: (x) => ({ x, ...remembered([]) }),
    step(state, ctx) {
      const { from, to, denoise, combine } = ctx;
      const form = from.alpha === 0 || to.sigma === 0 ? 'denoised' : options.form;
      const estimate = denoise(state.x, from);
      const now = [from.lambda, estimate[form]] as const;
      const earlier = recalled(state).filter(isUsable(from.lambda));
      const known = [now, ...earlier].slice(0, to.sigma === 0 ? 1 : levelsAt(ctx));
      const step = sdeStep(form, ctx, eta);
      const terms = exponentialTerms(step, state.x, known, known.length === 3 ? thirdOrder : secondOrder);
      const x = combine(...terms, ...drawnNoise(ctx, { noise, std: noiseScale * step.std, clock: step.clock }));
      return { x, ...remembered(from.alpha === 0 ? [] : [now, ...earlier].slice(0, levels - 1)) };
    },
  });
}
