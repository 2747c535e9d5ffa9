import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { InitContext, Sampler, StepContext } from '../../core/contracts/sampler.js';
import type { Term, Vector } from '../../core/contracts/vector.js';
import { level } from '../../core/math/levels.js';
import { defineSampler } from '../../core/assembly/define-sampler.js';
import { downStep } from './down-step.js';
import {
  exponentialStep,
  exponentialTerms,
  type ExponentialForm,
  type ExponentialRule,
} from './exponential-integrator.js';
import { recalled, remembered, type PastEstimates } from './past-estimates.js';
import { sdeStep } from './sde-step.js';
import { orderInGroup, type SinglestepOrders } from './singlestep-orders.js';

/** What a singlestep solver of the DPM-Solver family is made of. */
export interface Singlestep extends SinglestepOrders, Pick<Sampler, 'stochastic' | 'levels'> {
  readonly form: ExponentialForm;
  /** Order of convergence. */
  readonly convergence: number;
  /** Whether a step to the clean level belongs to no group. */
  readonly cleanApart: boolean;
  /** How two estimates give a second stage, and a group's end; `three`: how three give it, `ends` leaves out the middle. */
  readonly rules: {
    readonly stage: ExponentialRule;
    readonly two: ExponentialRule;
    readonly three: ExponentialRule | 'ends';
  };
  /** Share of fresh noise at the end of a group, on the ODE forms, and its factor. */
  readonly eta: number;
  readonly noiseScale: number;
}

/** Where a group started, and how the run is divided: part of the state. */
type Group = Readonly<Record<'startAlpha' | 'startSigma' | 'grouped' | 'after' | 'endLambda', number>> & {
  readonly startX: Vector;
};

/**
 * Singlestep exponential integrators at one network call a step: the first step of a group goes from its start with first
 * order, the next from the same start over both levels with second order, and so on.
 */
export function singlestep(options: Singlestep): Sampler {
  const { form, levels } = options;
  return defineSampler({
    order: options.convergence,
    stochastic: options.stochastic,
    ...(levels ? { levels } : {}),
    init: (x, context) => stateOf(divided(x, context, options), x, []),
    step(state, ctx) {
      const { from, to, denoise, combine } = ctx;
      const { isFirst, isLast } = placeOf(options, state, ctx);
      const isStart = isFirst || to.sigma === 0 || state.startAlpha === 0;
      const estimate = denoise(state.x, from);
      const estimates: PastEstimates = [
        ...(isStart ? [] : recalled(state)),
        [from.lambda, estimate[form === 'noise' ? 'noise' : 'denoised']],
      ];
      const group = isStart ? opened(state, state.x, from) : state;
      const start = level(0, group.startAlpha, group.startSigma);
      const { down, fresh } = downStep(start, to, { eta: isLast ? options.eta : 0, floor: group.endLambda });
      const terms: readonly Term[] =
        form === 'noise' && isStart
          ? [
              [down.alpha, estimate.denoised],
              [down.sigma, estimate.noise],
            ]
          : stageTerms(options, exponentialStep(form, start, down), group.startX, { estimates, isLast });
      const std =
        form === 'denoised-sde' ? sdeStep('denoised', { from: start, to }, 1).std : fresh * options.noiseScale;
      const drawn = std > 0 ? ([[std, ctx.noise()]] as const) : [];
      return stateOf(group, combine(...terms, ...drawn), estimates);
    },
  });
}

/** How the run is divided: a first step from pure noise, and perhaps one to the clean level, belong to no group. */
function divided(x: Vector, { levels }: InitContext, { cleanApart }: Singlestep): Group {
  const before = levels[0]?.alpha === 0 ? 1 : 0;
  const after = cleanApart && levels.at(-1)?.sigma === 0 ? 1 : 0;
  const endLambda = levels.findLast(({ lambda }) => lambda < Infinity)?.lambda ?? Infinity;
  return { startX: x, startAlpha: 0, startSigma: 0, grouped: levels.length - 1 - before - after, after, endLambda };
}

function opened({ grouped, after, endLambda }: Group, startX: Vector, { alpha, sigma }: NoiseLevel): Group {
  return { startX, startAlpha: alpha, startSigma: sigma, grouped, after, endLambda };
}

function stateOf(group: Group, x: Vector, estimates: PastEstimates) {
  const { startX, startAlpha, startSigma, grouped, after, endLambda } = group;
  return { startX, startAlpha, startSigma, grouped, after, endLambda, x, ...remembered(estimates) };
}

/** Whether a step is the first of its group, and whether it is the last. */
function placeOf(options: Singlestep, { grouped, after }: Group, { index, count }: StepContext) {
  const at = grouped + after - (count - index);
  const opens = (step: number): boolean => step < 0 || step >= grouped || orderInGroup(options, step, grouped) === 1;
  return { isFirst: opens(at), isLast: opens(at + 1) };
}

function stageTerms(
  { rules }: Singlestep,
  step: ReturnType<typeof exponentialStep>,
  x: Vector,
  { estimates, isLast }: { readonly estimates: PastEstimates; readonly isLast: boolean },
): readonly Term[] {
  if (estimates.length < 3) return exponentialTerms(step, x, estimates, isLast ? rules.two : rules.stage);
  if (rules.three !== 'ends') return exponentialTerms(step, x, estimates, rules.three);
  return exponentialTerms(step, x, [estimates[0], estimates.at(-1)] as unknown as PastEstimates);
}
