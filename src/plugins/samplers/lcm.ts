import { z } from 'zod';
import { positive } from '../../core/assembly/config-numbers.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { defineSampler } from '../../core/assembly/define-sampler.js';
import { Roles } from '../../core/assembly/roles.js';

const config = z.strictObject({
  sigmaData: positive().default(0.5).describe('standard deviation of the data'),
  timestepScaling: positive()
    .default(10)
    .describe('factor of the time in the boundary condition; more weighs the network’s estimate also at little noise'),
});

/**
 * Latent consistency: the network's clean sample, mixed with x where there is little noise (`c_skip` and `c_out` of the
 * time), then fresh noise for the next level (Luo et al. 2023, "Latent Consistency Models", equation 9 and algorithm
 * 3).
 * When: networks that were distilled for it, in 1 to 8 steps, on variance-preserving schedules with times 0 … 999;
 * samples of others are blurred.
 */
export const lcm = definePlugin({
  role: Roles.sampler,
  name: 'lcm',
  summary: "Latent consistency: the network's clean sample, blended with x at little noise, then fresh noise.",
  reference: 'Luo et al. 2023, "Latent Consistency Models", equation 9 and algorithm 3',
  tags: {
    path: 'variance preserving',
    order: 1,
    stochastic: true,
    calls: 1,
    when: 'networks distilled for it, in 1 to 8 steps; samples of others are blurred',
  },
  config,
  create: ({ config: { sigmaData, timestepScaling } }) =>
    defineSampler({
      order: 1,
      stochastic: true,
      needs: { distilled: true },
      init: (x) => ({ x }),
      step({ x }, { from, to, denoise, noise, combine }) {
        const { denoised } = denoise(x, from);
        const time = timestepScaling * from.t;
        const square = time ** 2 + sigmaData ** 2;
        const [skip, out] = [sigmaData ** 2 / square, time / Math.sqrt(square)];
        const drawn = to.sigma > 0 ? ([[to.sigma, noise()]] as const) : [];
        return { x: combine([to.alpha * out, denoised], [to.alpha * skip, x], ...drawn) };
      },
    }),
});
