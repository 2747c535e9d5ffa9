import { z } from 'zod';
import type { SamplerState, StepContext } from '../../core/contracts/sampler.js';
import { definePlugin } from '../../core/plugins/define-plugin.js';
import { defineSampler } from '../../core/plugins/define-sampler.js';
import { Roles } from '../../core/plugins/roles.js';
import { level } from '../../core/math/levels.js';
import { exponentialStep, exponentialTerms, type ExponentialRule } from './exponential-integrator.js';
import { recalled, remembered, type PastEstimates } from './past-estimates.js';
import { orderInGroup } from './singlestep-orders.js';

const config = z.strictObject({
  order: z.int().min(1).max(3).default(2).describe('calls of a group: order of convergence'),
  form: z
    .enum(['denoised', 'denoised-sde', 'noise'])
    .default('denoised')
    .describe('what is integrated: DPM-Solver++, the same on the reverse SDE, or DPM-Solver'),
  solver: z.enum(['midpoint', 'heun']).default('midpoint').describe('how the derivatives are weighed'),
  lowerOrderFinal: z.boolean().default(false).describe('end in steps of first order; steadies runs of few steps'),
  sdeThirdOrderSign: z
    .enum(['exact', 'flipped'])
    .default('exact')
    .describe('flipped: order 3 on the SDE with heun as diffusers has it, which samples a wrong distribution'),
});

type Options = z.output<typeof config>;

/**
 * DPM-Solver++(2S) and (3S): N steps make N network calls in groups of `order`. The first step of a group goes from its
 * start with first order, the next goes from the same start over both levels with second order, and so on; what each
 * emits is a sample of its level, and the last of a group is the one of full order (Lu et al. 2022, "DPM-Solver++",
 * algorithm 1; "DPM-Solver", algorithms 1 and 2, for the form in noise). Needs no history, so it stands sudden changes,
 * as of guidance; multistep solvers are more exact for the same number of calls.
 */
export const dpmppSinglestep = definePlugin({
  role: Roles.sampler,
  name: 'dpmpp-singlestep',
  config,
  create: ({ config: options }) =>
    defineSampler({
      order: options.form === 'denoised-sde' ? 1 : options.lowerOrderFinal ? Math.min(options.order, 2) : options.order,
      stochastic: options.form === 'denoised-sde',
      init: (x) => ({ x, ...opened({ x }), ...remembered([]) }),
      step(state, ctx) {
        const { from, to, denoise, combine, index, count } = ctx;
        const estimate = denoise(state.x, from);
        const now = [from.lambda, estimate[options.form === 'noise' ? 'noise' : 'denoised']] as const;
        const isStart = orderInGroup(options, index, count) === 1 || to.sigma === 0 || state.startAlpha === 0;
        const group = isStart ? { ...opened(state, from), ...remembered([]) } : state;
        const estimates: PastEstimates = [...recalled(group), now];
        const memory = { startX: group.startX, startAlpha: group.startAlpha, startSigma: group.startSigma };
        if (options.form === 'noise' && isStart) {
          const x = combine([to.alpha, estimate.denoised], [to.sigma, estimate.noise]);
          return { x, ...memory, ...remembered(estimates) };
        }
        const start = level(0, group.startAlpha, group.startSigma);
        const { used, rule } = reading(options, estimates);
        const terms = exponentialTerms(exponentialStep(options.form, start, to), group.startX, used, rule);
        return { x: combine(...terms, ...drawn(options, start, ctx)), ...memory, ...remembered(estimates) };
      },
    }),
});

/** A group that starts here. */
function opened({ x }: Pick<SamplerState, 'x'>, from = { alpha: 0, sigma: 0 }) {
  return { startX: x, startAlpha: from.alpha, startSigma: from.sigma };
}

/** Which of the estimates of a group (the oldest first) a solver reads, and how. */
function reading(
  { solver, sdeThirdOrderSign }: Options,
  estimates: PastEstimates,
): { readonly used: PastEstimates; readonly rule: ExponentialRule } {
  const [first, latest] = [estimates[0], estimates.at(-1)] as [PastEstimates[number], PastEstimates[number]];
  if (estimates.length === 1) return { used: estimates, rule: 'exact' };
  if (estimates.length === 2) return { used: estimates, rule: solver === 'midpoint' ? 'midpoint' : 'exact' };
  if (solver === 'midpoint') return { used: [first, latest], rule: 'exact' };
  return { used: estimates, rule: sdeThirdOrderSign === 'flipped' ? 'curvature-sign' : 'exact' };
}

function drawn({ form }: Options, start: { readonly lambda: number }, { to, noise }: StepContext) {
  if (form !== 'denoised-sde' || to.sigma === 0) return [];
  const std = to.sigma * Math.sqrt(-Math.expm1(-2 * (to.lambda - start.lambda)));
  return [[std, noise()]] as const;
}
