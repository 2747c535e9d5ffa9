import { z } from 'zod';
import { nonNegative } from '../../core/assembly/config-numbers.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { defineSampler } from '../../core/assembly/define-sampler.js';
import { Roles } from '../../core/assembly/roles.js';
import { ancestralNoise } from './ancestral-noise.js';

const config = z.strictObject({
  eta: nonNegative().default(1).describe('share of fresh noise: 0 is euler, 1 fully ancestral'),
  noiseScale: nonNegative().default(1).describe('factor of the fresh noise ("s_noise")'),
});

/**
 * Euler's step to a level with less noise than the next one, then fresh noise up to it (k-diffusion, "Euler a"; the
 * split of Song et al. 2021, "DDIM", equation 16). Samples do not converge as the number of steps grows.
 * When: varied, detailed samples in 20 to 40 steps.
 */
export const eulerAncestral = definePlugin({
  role: Roles.sampler,
  name: 'euler-ancestral',
  summary: 'Euler down to less noise than the next level has, then fresh noise up to it.',
  reference: 'k-diffusion, "Euler a"',
  tags: {
    path: 'any',
    order: 1,
    stochastic: true,
    calls: 1,
    when: 'varied, detailed samples in 20 to 40 steps; they do not converge as the number of steps grows',
  },
  config,
  create: ({ config: { eta, noiseScale } }) =>
    defineSampler({
      order: 1,
      stochastic: eta > 0,
      init: (x) => ({ x }),
      step({ x }, { from, to, denoise, noise, combine }) {
        const estimate = denoise(x, from);
        const { kept, fresh } = ancestralNoise(from, to, eta);
        const drawn = fresh > 0 ? ([[noiseScale * fresh, noise()]] as const) : [];
        if (from.alpha === 0 || estimate.unguided !== undefined)
          return { x: combine([to.alpha, estimate.denoised], [kept, estimate.noise], ...drawn) };
        const ratio = to.alpha / from.alpha;
        return { x: combine([ratio, x], [kept - ratio * from.sigma, estimate.noise], ...drawn) };
      },
    }),
});
