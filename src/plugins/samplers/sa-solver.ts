import { z } from 'zod';
import { nonNegative, real, whole } from '../../core/assembly/config-numbers.js';
import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { StepContext } from '../../core/contracts/sampler.js';
import type { Vector } from '../../core/contracts/vector.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { defineSampler } from '../../core/assembly/define-sampler.js';
import { Roles } from '../../core/assembly/roles.js';
import { exponentialTerms } from './exponential-integrator.js';
import { recalled, remembered, type PastEstimates } from './past-estimates.js';
import { drawnNoise, noiseSetting } from './sde-noise.js';
import { sdeStep } from './sde-step.js';

const config = z.strictObject({
  predictorOrder: whole(4).default(2).describe('levels that the predictor uses'),
  correctorOrder: whole(4).default(2).describe('levels that the corrector uses, the next one included'),
  mode: z
    .enum(['pec', 'pece'])
    .default('pec')
    .describe('pece: the network is asked again where the corrector led, which costs a second call a step'),
  form: z.enum(['denoised', 'noise']).default('denoised').describe('estimate that is integrated'),
  tau: nonNegative().default(1).describe('strength of the noise: 0 solves the ODE, 1 the plain reverse SDE'),
  tauTimes: z
    .tuple([real(), real()])
    .optional()
    .describe(
      'least and largest time at which a step draws noise; where absent the middle three fifths of the run, on variance-exploding paths sigma from 0.05 to 1',
    ),
  lowerOrderFinal: z.boolean().default(false).describe('lower the order of the last steps; steadies runs of few steps'),
  noise: noiseSetting.default('brownian'),
  noiseScale: nonNegative().default(1).describe('factor of the noise that is drawn'),
});

type Options = z.output<typeof config>;

/**
 * Stochastic Adams method: a predictor, an evaluation there, and a corrector with the same noise; that evaluation is
 * also the next step's, so N steps make N calls, two in the first and none in the last (Xue et al. 2023, "SA-Solver",
 * algorithm 1). Two estimates of the clean sample are weighed as the authors' program does, as if the exponential were
 * 1 for their slope.
 * When: 20 steps and more, where noise during the run makes samples better than those of ODE solvers.
 */
export const saSolver = definePlugin({
  role: Roles.sampler,
  name: 'sa-solver',
  summary: 'Stochastic Adams method, predictor and corrector with one network call a step.',
  reference: 'Xue et al. 2023, "SA-Solver", algorithm 1',
  tags: {
    path: 'any',
    order: 1,
    stochastic: true,
    calls: 1,
    when: '20 steps and more, where noise in the middle of the run helps',
  },
  config,
  create: ({ config: options }) =>
    defineSampler({
      order: options.tau > 0 ? 1 : 2,
      stochastic: options.tau > 0,
      calls: ({ index, count }) => (index === 0 ? 1 : 0) + (index === count - 1 ? 0 : options.mode === 'pece' ? 2 : 1),
      init: (x, { levels }) => ({ x, ...noisyTimes(options, levels[0]), ...rememberedFour([]) }),
      step({ x, leastTime, largestTime, ...state }, ctx) {
        const { index, count, from, to, denoise, combine } = ctx;
        const times = { leastTime, largestTime };
        const isLast = index === count - 1;
        const look = (at: NoiseLevel, seen: Vector) => [at.lambda, denoise(seen, at)[options.form]] as const;
        if (from.alpha === 0) {
          const { denoised, noise } = denoise(x, from);
          const next = combine([to.alpha, denoised], [to.sigma, noise]);
          return { x: next, ...times, ...rememberedFour(isLast ? [] : [look(to, next)]) };
        }
        const known = recalledFour(state);
        const past = known.length === 0 ? [look(from, x)] : known;
        const move = mover(options, x, ctx, from.t >= leastTime && from.t <= largestTime ? options.tau ** 2 : 0);
        const ahead = options.lowerOrderFinal ? count - index : Infinity;
        const predicted = move(past.slice(0, Math.min(options.predictorOrder, ahead)));
        if (isLast) return { x: predicted, ...times, ...rememberedFour([]) };
        const estimates = [look(to, predicted), ...past];
        const corrected = move(estimates.slice(0, Math.min(options.correctorOrder, ahead + 1)));
        const later = options.mode === 'pece' ? [look(to, corrected), ...past] : estimates;
        return { x: corrected, ...times, ...rememberedFour(later) };
      },
    }),
});

/** Four estimates as a flat record: the predictor looks at one more than the state of other multistep solvers holds. */
function rememberedFour(estimates: PastEstimates) {
  const [place4, estimate4] = estimates[3] ?? [];
  return { ...remembered(estimates), place4, estimate4 };
}

function recalledFour({ place4, estimate4, ...state }: ReturnType<typeof rememberedFour>): PastEstimates {
  const oldest = place4 === undefined || estimate4 === undefined ? [] : [[place4, estimate4] as const];
  return [...recalled(state), ...oldest];
}

/** The step of a run by some estimates; prediction and correction share the noise. */
function mover(
  { form, noise, noiseScale }: Options,
  x: Vector,
  ctx: StepContext,
  rate: number,
): (estimates: PastEstimates) => Vector {
  const { from, to, combine } = ctx;
  if (to.sigma === 0 && form === 'noise')
    return (estimates) => {
      const noises = estimates
        .slice(0, 1)
        .map(([, estimate]) => [(-to.alpha * from.sigma) / from.alpha, estimate] as const);
      return combine([to.alpha / from.alpha, x], ...noises);
    };
  const step = sdeStep(form, ctx, rate);
  const drawn = drawnNoise(ctx, { noise, std: noiseScale * step.std, clock: step.clock });
  return (estimates) => {
    const used = to.sigma === 0 ? estimates.slice(0, 1) : estimates;
    const rule = form === 'denoised' && used.length === 2 ? 'straight' : 'exact';
    return combine(...exponentialTerms(step, x, used, rule), ...drawn);
  };
}

/** Times between which noise is drawn: as set, or by the authors' habit on pictures. */
function noisyTimes({ tauTimes }: Options, first: NoiseLevel | undefined) {
  const { t, alpha } = first ?? { t: 0, alpha: 0 };
  const [leastTime, largestTime] = tauTimes ?? (alpha === 1 ? [0.05, 1] : [0.2 * t, 0.8 * t]);
  return { leastTime, largestTime };
}
