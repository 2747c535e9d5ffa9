import { z } from 'zod';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { defineSampler } from '../../core/assembly/define-sampler.js';
import { Roles } from '../../core/assembly/roles.js';
import { posteriorNoise, POSTERIOR_VARIANCES } from './posterior-noise.js';

const config = z.strictObject({
  variance: z
    .enum(POSTERIOR_VARIANCES)
    .default('fixed-small')
    .describe(
      'fixed-small is the variance of the posterior, fixed-large that of the forward step (their log forms are the same ' +
        'numbers); learned-range lets the network choose between the two, learned reads its output as log-variance, ' +
        'learned-direct as variance',
    ),
  finalNoise: z
    .boolean()
    .default(false)
    .describe('compatible with diffusers: noise also in a step to the clean level, where variance is left there'),
});

/**
 * Ancestral sampling: draws from the posterior q(x' | x, x0) at the estimated x0 (Ho et al. 2020, equations 6 and 7;
 * learned variances: Nichol & Dhariwal 2021, equation 15). Its noise corrects the errors of earlier steps. Learned
 * variances need a network that learns them, else `RXD_COMBINATION`.
 * When: hundreds of steps are affordable.
 */
export const ddpm = definePlugin({
  role: Roles.sampler,
  name: 'ddpm',
  summary: "Ancestral sampling: draws from the posterior q(x' | x, x0) at the estimated x0.",
  reference: 'Ho et al. 2020, equations 6 and 7; learned variances: Nichol & Dhariwal 2021, equation 15',
  tags: {
    path: 'any',
    order: 1,
    stochastic: true,
    calls: 1,
    when: 'hundreds of steps: its noise corrects the errors of earlier steps',
  },
  config,
  create: ({ config }) =>
    defineSampler({
      order: 1,
      stochastic: true,
      ...(config.variance.startsWith('learned') ? { needs: { variance: true } } : {}),
      init: (x) => ({ x }),
      step({ x }, ctx) {
        const { from, to, denoise, combine } = ctx;
        const { denoised, variance } = denoise(x, from);
        const keep = ((from.alpha / to.alpha) * to.sigma ** 2) / from.sigma ** 2;
        const drawn = to.sigma > 0 || config.finalNoise ? posteriorNoise(config.variance, ctx, variance) : [];
        return { x: combine([to.alpha - keep * from.alpha, denoised], [keep, x], ...drawn) };
      },
    }),
});
