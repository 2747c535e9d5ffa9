import { z } from 'zod';
import { whole } from '../../core/assembly/config-numbers.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { defineSampler } from '../../core/assembly/define-sampler.js';
import { Roles } from '../../core/assembly/roles.js';
import { meanEstimate } from './adams-bashforth.js';
import { recalled, remembered, type PastEstimates } from './past-estimates.js';
import { transferred } from './transferred.js';

const config = z.strictObject({
  order: whole(4).default(4).describe('levels that a step uses: this one and those before'),
  eulerAtFinal: z.boolean().default(false).describe('a last step of first order, as ComfyUI takes it'),
  lostFirstMean: z
    .boolean()
    .default(false)
    .describe(
      'compatible with diffusers: a first step from pure noise takes the clean sample as 0, which is of order 1',
    ),
});

/**
 * Improved pseudo numerical method: pndm that starts with lower orders instead of Runge-Kutta steps, so that every step
 * is one network call (Zhang & Chen 2023, "DEIS", section 3.3 and appendix H.2). The weights are those of even steps;
 * lms has weights for any grid, pndm the higher order.
 * When: 5 to 20 steps on grids that are even in time.
 */
export const ipndm = definePlugin({
  role: Roles.sampler,
  name: 'ipndm',
  summary: 'pndm that starts with lower orders instead of Runge-Kutta steps: one network call in every step.',
  reference: 'Zhang & Chen 2023, "DEIS", section 3.3 and appendix H.2',
  tags: { path: 'any', order: 2, stochastic: false, calls: 1, when: '5 to 20 steps on grids that are even in time' },
  config,
  create: ({ config: { order, eulerAtFinal, lostFirstMean } }) =>
    defineSampler({
      order: lostFirstMean ? 1 : Math.min(order, 2),
      stochastic: false,
      init: (x) => ({ x, ...remembered([]) }),
      step(state, ctx) {
        const { index, count, from, to, denoise, combine } = ctx;
        const { denoised, noise } = denoise(state.x, from);
        const known = ([[from.lambda, noise], ...recalled(state)] satisfies PastEstimates).slice(0, order);
        const past = remembered(known);
        if (from.alpha === 0)
          return { x: combine([lostFirstMean ? 0 : to.alpha, denoised], [to.sigma, noise]), ...past };
        const used = known.slice(0, eulerAtFinal && index === count - 1 ? 1 : order);
        const mean = meanEstimate(ctx, used, 'even', to.lambda);
        return { x: transferred(ctx, state.x, mean, from, to), ...past };
      },
    }),
});
