import { z } from 'zod';
import type { Sampler, StepContext } from '../../core/contracts/sampler.js';
import type { Term, Vector } from '../../core/contracts/vector.js';
import { defineSampler } from '../../core/assembly/define-sampler.js';
import { spokenSample, unguidedOf } from './decoupled.js';
import { exponentialStep, exponentialTerms, type ExponentialForm } from './exponential-integrator.js';
import { recalled, remembered, type PastEstimates } from './past-estimates.js';

/** What the multistep solvers of the DPM-Solver family may be told, besides their order. */
export const exponentialMultistepConfig = z.strictObject({
  solver: z.enum(['midpoint', 'heun']).default('midpoint').describe('how steps of second order weigh their slope'),
  start: z
    .enum(['second-order', 'first-order'])
    .default('second-order')
    .describe('the first step, where order 3 needs two calls; first-order is what diffusers and k-diffusion do'),
  thirdOrderFactor: z
    .enum(['exact', 'half'])
    .default('exact')
    .describe('half: the second difference as diffusers and k-diffusion weigh it, which has order 2'),
  lowerOrderFinal: z.boolean().default(false).describe('lower the order of the last steps; steadies runs of few steps'),
  eulerAtFinal: z.boolean().default(false).describe('a last step of first order'),
});

/** What `exponentialMultistep` is made of; solver `heun` where it is not said. */
export interface ExponentialMultistep extends Partial<z.output<typeof exponentialMultistepConfig>> {
  readonly form: Extract<ExponentialForm, 'denoised' | 'noise'>;
  /** Levels that a step looks at: this one and up to two before. */
  readonly order: number;
}

type Place = Pick<StepContext, 'index' | 'count' | 'from' | 'to'>;

/**
 * A multistep exponential integrator: estimates at the last levels are a polynomial in lambda, integrated exactly. With
 * order 3 the first step is one of DPM-Solver-2, because a first step of first order would leave an error of second order.
 */
export function exponentialMultistep(options: ExponentialMultistep): Sampler {
  const { form, order, start, thirdOrderFactor, solver } = options;
  const prepares = ({ index, from, to }: Place): boolean =>
    order === 3 &&
    start === 'second-order' &&
    index === 0 &&
    from.alpha > 0 &&
    to.sigma > 0 &&
    from.lambda !== to.lambda;
  return defineSampler({
    order: losesOrder(options) ? Math.min(order, 2) : order,
    stochastic: false,
    needs: { towards: 'any' },
    calls: (place) => (prepares(place) ? 2 : 1),
    init: (x) => ({ x, ...remembered([]) }),
    step(state, ctx) {
      const { from, to, denoise, combine } = ctx;
      const estimate = denoise(state.x, from);
      if (form === 'noise' && (from.alpha === 0 || to.sigma === 0))
        return { x: combine([to.alpha, estimate.denoised], [to.sigma, estimate.noise]), ...remembered([]) };
      const now = [from.lambda, estimate[form]] as const;
      const later = form === 'noise' ? now : ([from.lambda, unguidedOf(estimate)] as const);
      const start = spokenSample(ctx, state.x, from, estimate);
      if (prepares(ctx)) return { x: combine(...twoStages(form, start, now, ctx)), ...remembered([later]) };
      const earlier = recalled(state).filter(isUsable(from.lambda));
      const known = [now, ...earlier].slice(0, orderAt(options, ctx));
      const secondOrder = solver === 'midpoint' ? 'midpoint' : 'exact';
      const thirdOrder = thirdOrderFactor === 'half' ? 'half-curvature' : 'exact';
      const rule = known.length === 3 ? thirdOrder : secondOrder;
      const terms = exponentialTerms(exponentialStep(form, from, to), start, known, rule);
      return { x: combine(...terms), ...remembered([later, ...earlier].slice(0, order - 1)) };
    },
  });
}

/** Whether a first order step, or the smaller factor, leaves an error of second order. */
function losesOrder({ start, thirdOrderFactor, lowerOrderFinal, eulerAtFinal }: ExponentialMultistep): boolean {
  return start === 'first-order' || thirdOrderFactor === 'half' || lowerOrderFinal === true || eulerAtFinal === true;
}

/** Whether a polynomial can go through an estimate: not from pure noise, not twice at one level. */
export function isUsable(now: number) {
  return ([lambda]: PastEstimates[number], index: number, all: PastEstimates): boolean =>
    Number.isFinite(lambda) && lambda !== now && all.findIndex(([other]) => other === lambda) === index;
}

function orderAt({ order, lowerOrderFinal, eulerAtFinal }: ExponentialMultistep, { index, count, to }: Place): number {
  if (to.sigma === 0 || (eulerAtFinal === true && index === count - 1)) return 1;
  return lowerOrderFinal === true ? Math.min(order, count - index) : order;
}

/** DPM-Solver-2 (Lu et al. 2022, "DPM-Solver", algorithm 1): the second estimate is made halfway in lambda. */
function twoStages(
  form: 'denoised' | 'noise',
  x: Vector,
  now: PastEstimates[number],
  { from, to, denoise, combine, level }: StepContext,
): readonly Term[] {
  const middle = level({ lambda: (from.lambda + to.lambda) / 2 });
  const halfway = combine(...exponentialTerms(exponentialStep(form, from, middle), x, [now]));
  const there = [middle.lambda, denoise(halfway, middle)[form]] as const;
  return exponentialTerms(exponentialStep(form, from, to), x, [now, there], 'midpoint');
}
