import { z } from 'zod';
import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { Vector } from '../../core/contracts/vector.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { defineSampler } from '../../core/assembly/define-sampler.js';
import { Roles } from '../../core/assembly/roles.js';
import { ancestralNoise } from './ancestral-noise.js';
import { drawnNoise, sdeNoiseSettings } from './sde-noise.js';

const config = z.strictObject({
  ...sdeNoiseSettings,
  r: z.number().gt(0).lt(1).default(0.5).describe('where the second call is made, as a share of the step in lambda'),
});

/**
 * DPM-Solver++(S) for the reverse SDE: an estimate inside the step corrects that at its start, and the noise of both
 * parts is of one Brownian path (Lu et al. 2022, "DPM-Solver++", algorithm 1 on the SDE; k-diffusion, "DPM++ SDE"). Two
 * network calls a step; one from pure noise or to the clean level.
 * When: detailed samples in 10 to 20 steps.
 */
export const dpmppSde = definePlugin({
  role: Roles.sampler,
  name: 'dpmpp-sde',
  summary: 'DPM-Solver++(S) for the reverse SDE: an estimate inside the step corrects that at its start.',
  reference: 'Lu et al. 2022, "DPM-Solver++", algorithm 1 on the SDE; k-diffusion, "DPM++ SDE"',
  tags: { path: 'any', order: 1, stochastic: true, calls: 2, when: 'detailed samples in 10 to 20 steps' },
  config,
  create: ({ config: { eta, noiseScale, noise, r } }) =>
    defineSampler({
      order: eta > 0 ? 1 : 2,
      stochastic: eta > 0,
      calls: ({ from, to }) => (to.sigma === 0 || from.alpha === 0 ? 1 : 2),
      init: (x) => ({ x }),
      step({ x }, ctx) {
        const { from, to, denoise, combine } = ctx;
        const moved = (end: NoiseLevel, ...estimates: (readonly [share: number, denoised: Vector])[]): Vector => {
          const { kept, fresh } = ancestralNoise(from, end, eta);
          const until = end === to ? {} : { until: end };
          return combine(
            [kept / from.sigma, x],
            ...estimates.map(
              ([share, denoised]) => [share * (end.alpha - (kept * from.alpha) / from.sigma), denoised] as const,
            ),
            ...drawnNoise(ctx, { noise, std: noiseScale * fresh, clock: eta ** 2, ...until }),
          );
        };
        const first = denoise(x, from).denoised;
        if (to.sigma === 0 || from.alpha === 0) return { x: moved(to, [1, first]) };
        const middle = ctx.level({ lambda: from.lambda + r * (to.lambda - from.lambda) });
        const second = denoise(moved(middle, [1, first]), middle).denoised;
        const share = 1 / (2 * r);
        return { x: moved(to, [1 - share, first], [share, second]) };
      },
    }),
});
