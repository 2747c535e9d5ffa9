import { z } from 'zod';
import { whole } from '../../core/assembly/config-numbers.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { defineSampler } from '../../core/assembly/define-sampler.js';
import { Roles } from '../../core/assembly/roles.js';
import { lagrangeWeights } from './lagrange-weights.js';
import { recalled, remembered, type PastEstimates } from './past-estimates.js';

const config = z.strictObject({
  order: whole(4).default(4).describe('levels that a step uses: this one and those before'),
});

/**
 * Linear multistep: the noises of the last levels are a polynomial in `s = sigma / alpha`, integrated exactly over the
 * step (Adams and Bashforth, with uneven steps; k-diffusion's "LMS"). One network call a step. It starts with lower
 * orders, which bounds its order of convergence by 2, with a small constant on grids that start in much noise. When:
 * 40 steps and more, on grids of any spacing.
 */
export const lms = definePlugin({
  role: Roles.sampler,
  name: 'lms',
  summary: 'Linear multistep: the noises of the last levels are a polynomial in sigma / alpha, integrated exactly.',
  reference: 'Adams and Bashforth, with uneven steps; k-diffusion, "LMS"',
  tags: { path: 'any', order: 2, stochastic: false, calls: 1, when: '40 steps and more, on grids of any spacing' },
  config,
  create: ({ config }) =>
    defineSampler({
      order: Math.min(config.order, 2),
      stochastic: false,
      init: (x) => ({ x, ...remembered([]) }),
      step(state, { from, to, denoise, combine }) {
        const { denoised, noise } = denoise(state.x, from);
        if (from.alpha === 0) return { x: combine([to.alpha, denoised], [to.sigma, noise]), ...remembered([]) };
        const past: PastEstimates = [[from.sigma / from.alpha, noise], ...recalled(state)];
        const known = past.slice(0, config.order);
        const weights = lagrangeWeights(
          known.map(([s]) => s),
          to.sigma / to.alpha,
        );
        const terms = known.map(([, past], i) => [to.alpha * (weights[i] ?? 0), past] as const);
        return { x: combine([to.alpha / from.alpha, state.x], ...terms), ...remembered(known) };
      },
    }),
});
