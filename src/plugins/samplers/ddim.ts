import { z } from 'zod';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { defineSampler } from '../../core/assembly/define-sampler.js';
import { Roles } from '../../core/assembly/roles.js';
import { ancestralNoise } from './ancestral-noise.js';
import { previousTime, targetOf } from './compatible-target.js';

const config = z.strictObject({
  eta: z.number().min(0).max(1).default(0).describe('0 draws no noise, 1 is ddpm'),
  previousTime,
});

/**
 * Keeps the estimated noise and moves to the next level: `x' = alpha' x0 + sigma' noise` (Song et al. 2021, "DDIM",
 * equation 12). First order; defined on every path, also from alpha = 0.
 * When: the first sampler to try, on any network.
 */
export const ddim = definePlugin({
  role: Roles.sampler,
  name: 'ddim',
  summary: "Keeps the estimated noise and moves to the next level: x' = alpha' x0 + sigma' noise.",
  reference: 'Song et al. 2021, "DDIM", equation 12',
  tags: {
    path: 'any',
    order: 1,
    stochastic: false,
    calls: 1,
    when: 'the first sampler to try, on any network; defined everywhere, also from pure noise',
  },
  config,
  create: ({ config: { eta, previousTime } }) =>
    defineSampler({
      order: 1,
      stochastic: eta > 0,
      needs: { trainSteps: previousTime !== undefined },
      init: (x) => ({ x }),
      step({ x }, ctx) {
        const { from, denoise, noise, combine } = ctx;
        const to = targetOf(ctx, previousTime);
        const estimate = denoise(x, from);
        const { kept, fresh } = ancestralNoise(from, to, eta);
        const drawn = fresh > 0 ? ([[fresh, noise()]] as const) : [];
        return { x: combine([to.alpha, estimate.denoised], [kept, estimate.noise], ...drawn) };
      },
    }),
});
