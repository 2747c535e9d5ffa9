import { z } from 'zod';
import { whole } from '../../core/assembly/config-numbers.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { defineSampler } from '../../core/assembly/define-sampler.js';
import { Roles } from '../../core/assembly/roles.js';
import { logPlaceWeights } from './log-place-weights.js';
import { recalled, remembered, type PastEstimates } from './past-estimates.js';

const config = z.strictObject({
  order: whole(3).default(2).describe('levels that a step uses: this one and those before'),
  lowerOrderFinal: z.boolean().default(false).describe('lower the order of the last steps; steadies runs of few steps'),
});

/**
 * Diffusion exponential integrator sampler, log-rho form: the noises of the last levels are a polynomial in `ln(sigma
 * / alpha)`, integrated exactly over `sigma / alpha` (Zhang & Chen 2023, "DEIS", section 3.3). One network call a
 * step. When: 5 to 20 steps without guidance, one network call each.
 */
export const deis = definePlugin({
  role: Roles.sampler,
  name: 'deis',
  summary:
    'Exponential integrator in log-rho form: the noises of the last levels are a polynomial in ln(sigma / alpha).',
  reference: 'Zhang & Chen 2023, "DEIS", section 3.3',
  tags: {
    path: 'any',
    order: 2,
    stochastic: false,
    calls: 1,
    when: '5 to 20 steps without guidance, one network call each',
  },
  config,
  create: ({ config: { order, lowerOrderFinal } }) =>
    defineSampler({
      order: Math.min(order, 2),
      stochastic: false,
      init: (x) => ({ x, ...remembered([]) }),
      step(state, { index, count, from, to, denoise, combine }) {
        const { denoised, noise } = denoise(state.x, from);
        if (from.alpha === 0) return { x: combine([to.alpha, denoised], [to.sigma, noise]), ...remembered([]) };
        const past: PastEstimates = [[from.sigma / from.alpha, noise], ...recalled(state)];
        const known = past.slice(0, Math.min(order, lowerOrderFinal ? count - index : order));
        const weights = logPlaceWeights(
          known.map(([s]) => s),
          to.sigma / to.alpha,
        );
        const terms = known.map(([, earlier], i) => [to.alpha * (weights[i] ?? 0), earlier] as const);
        return { x: combine([to.alpha / from.alpha, state.x], ...terms), ...remembered(past.slice(0, order)) };
      },
    }),
});
