import { z } from 'zod';
import { nonNegative } from '../../core/assembly/config-numbers.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { defineSampler } from '../../core/assembly/define-sampler.js';
import { Roles } from '../../core/assembly/roles.js';
import { flowTime } from './flow-coordinate.js';

const config = z.strictObject({
  eta: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe('how far below the next level a step goes before it adds noise: 0 is flow-euler, 1 the farthest'),
  noiseScale: nonNegative().default(1).describe('factor of the fresh noise ("s_noise")'),
});

/**
 * flow-euler to a level with less noise than the next one, then fresh noise up to it: "Euler a" of rectified flow
 * models (k-diffusion as ComfyUI extends it; LTX-Video). In `u = sigma / (alpha + sigma)` the step goes down to `u'(1 +
 * eta (u' / u - 1))`.
 * When: varied, detailed samples of flow networks in 20 to 40 steps.
 */
export const flowEulerAncestral = definePlugin({
  role: Roles.sampler,
  name: 'flow-euler-ancestral',
  summary: 'flow-euler to less noise than the next level has, then fresh noise up to it.',
  reference: 'k-diffusion as ComfyUI extends it, "Euler a" for rectified flow; LTX-Video',
  tags: {
    path: 'any',
    order: 1,
    stochastic: true,
    calls: 1,
    when: 'varied, detailed samples of flow networks in 20 to 40 steps',
  },
  config,
  create: ({ config: { eta, noiseScale } }) =>
    defineSampler({
      order: 1,
      stochastic: eta > 0,
      init: (x) => ({ x }),
      step({ x }, { from, to, denoise, noise, combine }) {
        const estimate = denoise(x, from);
        const next = flowTime(to);
        const down = next * (1 + eta * (next / flowTime(from) - 1));
        const kept = (to.alpha * down) / (1 - down);
        const fresh = eta > 0 ? Math.sqrt(Math.max(0, to.sigma ** 2 - kept ** 2)) : 0;
        const drawn = fresh > 0 ? ([[noiseScale * fresh, noise()]] as const) : [];
        return { x: combine([to.alpha, estimate.denoised], [kept, estimate.noise], ...drawn) };
      },
    }),
});
