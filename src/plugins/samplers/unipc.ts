import { z } from 'zod';
import type { Vector } from '../../core/contracts/vector.js';
import { definePlugin } from '../../core/plugins/define-plugin.js';
import { defineSampler } from '../../core/plugins/define-sampler.js';
import { Roles } from '../../core/plugins/roles.js';
import { recalled, remembered, type PastEstimates } from './past-estimates.js';
import { unipcWeights } from './unipc-weights.js';

const config = z.strictObject({
  order: z.int().min(1).max(3).default(2).describe('levels that a step looks at; it converges with one order more'),
  variant: z.enum(['bh1', 'bh2']).default('bh2').describe('B(h): h, or 1 - exp(-h)'),
  lowerOrderFinal: z.boolean().default(false).describe('lower the order of the last steps; steadies runs of few steps'),
});

/**
 * Predictor and corrector that share their network calls (Zhao et al. 2023, "UniPC", algorithms 1 and 2, data
 * prediction): a step predicts, looks at its prediction, and corrects by what it saw before it gives the sample. That
 * look is also the next step's, so N steps make N calls: two in the first, none in the last. For 5-15 steps.
 */
export const unipc = definePlugin({
  role: Roles.sampler,
  name: 'unipc',
  config,
  create: ({ config: { order, variant, lowerOrderFinal } }) =>
    defineSampler({
      order: order + 1,
      stochastic: false,
      calls: ({ index, count }) => (index === 0 ? 1 : 0) + (index === count - 1 ? 0 : 1),
      init: (x) => ({ x, ...remembered([]) }),
      step(state, { index, count, from, to, denoise, combine }) {
        const isLast = index === count - 1;
        if (from.alpha === 0) {
          const { denoised, noise } = denoise(state.x, from);
          const x = combine([to.alpha, denoised], [to.sigma, noise]);
          return { x, ...remembered(isLast ? [] : [[to.lambda, denoise(x, to).denoised]]) };
        }
        const past = index === 0 ? [[from.lambda, denoise(state.x, from).denoised] as const] : recalled(state);
        const [[, latest]] = past as unknown as readonly [PastEstimates[number]];
        const h = to.lambda - from.lambda;
        const used = h === Infinity ? 1 : Math.min(order, lowerOrderFinal ? count - index : order);
        const moved = (others: PastEstimates): Vector => {
          const places = others.map(([lambda]) => (lambda - from.lambda) / h);
          const weights = unipcWeights(places, h, variant);
          const rest = weights.reduce((left, weight) => left - weight, -Math.expm1(-h));
          const terms = others.map(([, denoised], k) => [to.alpha * (weights[k] ?? 0), denoised] as const);
          return combine([to.sigma / from.sigma, state.x], [to.alpha * rest, latest], ...terms);
        };
        const earlier = past.slice(1, used);
        const predicted = moved(earlier);
        if (isLast) return { x: predicted, ...remembered([]) };
        const seen = [to.lambda, denoise(predicted, to).denoised] as const;
        return { x: moved([...earlier, seen]), ...remembered([seen, ...past]) };
      },
    }),
});
