import { z } from 'zod';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { defineSampler } from '../../core/assembly/define-sampler.js';
import { Roles } from '../../core/assembly/roles.js';

const config = z.strictObject({
  gamma: z
    .number()
    .min(0)
    .max(1)
    .default(0.3)
    .describe('how far below the next time a step goes before it adds noise: 0 is ddim, 1 consistency ("eta")'),
  wholeTimes: z
    .boolean()
    .default(false)
    .describe('compatible with diffusers: the time below is rounded down to a training step'),
});

/**
 * Trajectory consistency: ddim to the time `(1 - gamma)` times that of the next level, then fresh noise up to it (Zheng
 * et al. 2024, "TCD", algorithm 3, strategic stochastic sampling). The last step adds no noise.
 * When: networks that were distilled for it, in 2 to 8 steps; the more steps, the larger gamma.
 */
export const tcd = definePlugin({
  role: Roles.sampler,
  name: 'tcd',
  summary: 'Trajectory consistency: ddim to a share of the time of the next level, then fresh noise up to it.',
  reference: 'Zheng et al. 2024, "TCD", algorithm 3',
  tags: {
    path: 'any',
    order: 1,
    stochastic: true,
    calls: 1,
    when: 'networks distilled for it, in 2 to 8 steps; more gamma for more steps',
  },
  config,
  create: ({ config: { gamma, wholeTimes } }) =>
    defineSampler({
      order: 1,
      stochastic: gamma > 0,
      needs: { distilled: true },
      init: (x) => ({ x }),
      step({ x }, { index, count, from, to, denoise, noise, combine, level }) {
        const estimate = denoise(x, from);
        if (gamma === 0 || to.sigma === 0 || index === count - 1)
          return { x: combine([to.alpha, estimate.denoised], [to.sigma, estimate.noise]) };
        const t = (1 - gamma) * to.t;
        const below = level({ t: wholeTimes ? Math.floor(t) : t });
        const kept = (to.alpha / below.alpha) * below.sigma;
        const fresh = Math.sqrt(Math.max(0, to.sigma ** 2 - kept ** 2));
        return { x: combine([to.alpha, estimate.denoised], [kept, estimate.noise], [fresh, noise()]) };
      },
    }),
});
