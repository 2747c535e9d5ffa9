import { z } from 'zod';
import { definePlugin } from '../../core/plugins/define-plugin.js';
import { defineSampler } from '../../core/plugins/define-sampler.js';
import { Roles } from '../../core/plugins/roles.js';

/**
 * Euler's method on the probability-flow ODE in `x / alpha` over `sigma / alpha` (Karras et al. 2022, algorithm 1
 * without the correction); the same map as ddim. From alpha = 0, where x / alpha has no value, it takes ddim's form.
 */
export const euler = definePlugin({
  role: Roles.sampler,
  name: 'euler',
  config: z.strictObject({}),
  create: () =>
    defineSampler({
      order: 1,
      stochastic: false,
      init: (x) => ({ x }),
      step({ x }, { from, to, denoise, combine }) {
        const estimate = denoise(x, from);
        if (from.alpha === 0) return { x: combine([to.alpha, estimate.denoised], [to.sigma, estimate.noise]) };
        const ratio = to.alpha / from.alpha;
        return { x: combine([ratio, x], [to.sigma - ratio * from.sigma, estimate.noise]) };
      },
    }),
});
