import { z } from 'zod';
import { nonNegative } from '../../core/assembly/config-numbers.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { defineSampler } from '../../core/assembly/define-sampler.js';
import { Roles } from '../../core/assembly/roles.js';

const config = z.strictObject({
  sigmaMin: nonNegative()
    .default(0)
    .describe('sigma / alpha at which the network already gives its input back; 0.002 for consistency models'),
  noiseScale: nonNegative().default(1).describe('factor of the fresh noise ("s_noise")'),
});

/**
 * Multistep consistency sampling: the network's clean sample, then fresh noise for the next level, on any path (Song et
 * al. 2023, "Consistency Models", algorithm 1). Distilled flow models call the same "stochastic sampling".
 * When: networks that were trained or distilled to predict the end of the whole path, in 1 to 8 steps; samples of
 * others are blurred.
 */
export const consistency = definePlugin({
  role: Roles.sampler,
  name: 'consistency',
  summary: "Multistep consistency: the network's clean sample, then fresh noise for the next level.",
  reference: 'Song et al. 2023, "Consistency Models", algorithm 1',
  tags: {
    path: 'any',
    order: 1,
    stochastic: true,
    calls: 1,
    when: 'networks trained or distilled for it, in 1 to 8 steps; samples of others are blurred',
  },
  config,
  create: ({ config: { sigmaMin, noiseScale } }) =>
    defineSampler({
      order: 1,
      stochastic: true,
      needs: { distilled: true },
      init: (x) => ({ x }),
      step({ x }, { from, to, denoise, noise, combine }) {
        const { denoised } = denoise(x, from);
        const added = noiseScale * Math.sqrt(Math.max(0, to.sigma ** 2 - (to.alpha * sigmaMin) ** 2));
        const drawn = added > 0 ? ([[added, noise()]] as const) : [];
        return { x: combine([to.alpha, denoised], ...drawn) };
      },
    }),
});
