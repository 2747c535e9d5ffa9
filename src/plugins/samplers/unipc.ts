import { z } from 'zod';
import { MOST, listOf, whole } from '../../core/assembly/config-numbers.js';
import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { Term, Vector } from '../../core/contracts/vector.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { defineSampler } from '../../core/assembly/define-sampler.js';
import { Roles } from '../../core/assembly/roles.js';
import { exponentialStep } from './exponential-integrator.js';
import { recalled, remembered, type PastEstimates } from './past-estimates.js';
import { unipcWeights } from './unipc-weights.js';

const config = z.strictObject({
  order: whole(3).default(2).describe('levels that a step looks at; it converges with one order more'),
  variant: z.enum(['bh1', 'bh2']).default('bh2').describe('B(h): h, or exp(h) - 1'),
  form: z
    .enum(['denoised', 'noise'])
    .default('denoised')
    .describe('which estimate is a polynomial in lambda; the noise is for comparisons, and unsteady with guidance'),
  lowerOrderFinal: z.boolean().default(false).describe('lower the order of the last steps; steadies runs of few steps'),
  disableCorrector: listOf(whole(MOST.steps, 0), MOST.steps, 0)
    .default([])
    .describe('steps that are not corrected; the first ones, where large guidance scales make the correction unsteady'),
});

/**
 * Predictor and corrector that share their network calls (Zhao et al. 2023, "UniPC", algorithms 1 and 2): a step
 * predicts, looks at its prediction, and corrects by what it saw before it gives the sample. That look is also the next
 * step's, so N steps make N calls: two in the first, none in the last. For 5-15 steps.
 */
export const unipc = definePlugin({
  role: Roles.sampler,
  name: 'unipc',
  summary: 'Predictor and corrector that share their network calls.',
  reference: 'Zhao et al. 2023, "UniPC", algorithms 1 and 2',
  tags: { path: 'any', order: 3, stochastic: false, calls: 1, when: '5 to 15 steps' },
  config,
  create: ({ config: { order, variant, form, lowerOrderFinal, disableCorrector } }) =>
    defineSampler({
      order: disableCorrector.length > 0 ? order : order + 1,
      stochastic: false,
      calls: ({ index, count }) => (index === 0 ? 1 : 0) + (index === count - 1 ? 0 : 1),
      init: (x) => ({ x, ...remembered([]) }),
      step(state, { index, count, from, to, denoise, combine }) {
        const isLast = index === count - 1;
        if (from.alpha === 0) {
          const { denoised, noise } = denoise(state.x, from);
          const x = combine([to.alpha, denoised], [to.sigma, noise]);
          return { x, ...remembered(isLast ? [] : [[to.lambda, denoise(x, to)[form]]]) };
        }
        const [newest, ...older] = recalled(state);
        // Nothing is remembered in the first step of a run, and in the first one after a swap.
        const latest = newest?.[1] ?? denoise(state.x, from)[form];
        const past: PastEstimates = [[from.lambda, latest], ...older];
        if (to.sigma === 0) return { x: combine(...cleanTerms(form, from, to, state.x, latest)), ...remembered([]) };
        const { h, kept, scale, rate } = exponentialStep(form, from, to);
        const used = h === 0 ? 1 : Math.min(order, lowerOrderFinal ? count - index : order);
        const moved = (others: PastEstimates): Vector => {
          const places = others.map(([lambda]) => (lambda - from.lambda) / h);
          const weights = unipcWeights(places, rate * h, variant);
          const rest = weights.reduce((left, weight) => left - weight, -Math.expm1(rate * h));
          const terms = others.map(([, estimate], k) => [-rate * scale * (weights[k] ?? 0), estimate] as const);
          return combine([kept, state.x], [-rate * scale * rest, latest], ...terms);
        };
        const earlier = past.slice(1, used);
        const predicted = moved(earlier);
        if (isLast) return { x: predicted, ...remembered([]) };
        const seen = [to.lambda, denoise(predicted, to)[form]] as const;
        const x = disableCorrector.includes(index) ? predicted : moved([...earlier, seen]);
        return { x, ...remembered([seen, ...past]) };
      },
    }),
});

/** A step to the clean level: there is only the estimate of the clean sample. */
function cleanTerms(
  form: 'denoised' | 'noise',
  from: NoiseLevel,
  to: NoiseLevel,
  x: Vector,
  latest: Vector,
): readonly Term[] {
  if (form === 'denoised') return [[to.alpha, latest]];
  const ratio = to.alpha / from.alpha;
  return [
    [ratio, x],
    [-ratio * from.sigma, latest],
  ];
}
