import { z } from 'zod';
import { whole } from '../../core/assembly/config-numbers.js';
import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { defineSampler } from '../../core/assembly/define-sampler.js';
import { Roles } from '../../core/assembly/roles.js';
import { previousTime, sourceOf } from './compatible-target.js';
import { transferred } from './transferred.js';

const config = z.strictObject({
  iterations: whole(50, 0)
    .default(0)
    .describe('further network calls a step, which refine it towards the exact inverse of ddim'),
  nextTime: z
    .boolean()
    .default(false)
    .describe('compatible with diffusers: the network gets the time of the next level, though x is at this one'),
  previousTime,
});

/**
 * ddim in reverse, from a sample to the noise that it would come from (Song et al. 2021, "DDIM", section 4.3; Mokady et
 * al. 2023, "Null-text Inversion", section 3.1). A step uses the estimate at the level where it starts; `iterations`
 * replaces it by that of the level where it ends (backward Euler by fixed points: Pan et al. 2023, "AIDI", section
 * 3.2), so that ddim comes back to the sample. It needs a grid whose noise rises, such as `flip`.
 * When: a sample is to be edited from its noise.
 */
export const ddimInverse = definePlugin({
  role: Roles.sampler,
  name: 'ddim-inverse',
  summary: 'ddim upward in noise: finds the noise that a sample would come from.',
  reference:
    'Song et al. 2021, "DDIM", section 4.3; Mokady et al. 2023, "Null-text inversion", section 3.1; Pan et al. 2023, "AIDI", section 3.2',
  tags: {
    path: 'any',
    order: 1,
    stochastic: false,
    calls: 1,
    when: 'a sample is to be edited from its noise; on a grid that goes up',
  },
  config,
  create: ({ config: { iterations, nextTime, previousTime } }) => {
    const looks = ({ sigma }: NoiseLevel): boolean => sigma > 0 || nextTime;
    const refinements = (from: NoiseLevel, to: NoiseLevel): number => (from.alpha > 0 && to.sigma > 0 ? iterations : 0);
    return defineSampler({
      order: 1,
      stochastic: false,
      needs: { towards: 'noisy', trainSteps: previousTime !== undefined },
      calls: ({ from, to }) => (looks(from) ? 1 : 0) + refinements(from, to),
      init: (x) => ({ x }),
      step({ x }, ctx) {
        const { to, denoise, combine } = ctx;
        const from = sourceOf(ctx, previousTime);
        const explicit = (): typeof x => {
          const { denoised, noise } = denoise(x, nextTime ? { ...from, t: to.t } : from);
          return combine([to.alpha, denoised], [to.sigma, noise]);
        };
        let next = looks(from) ? explicit() : combine([to.alpha / from.alpha, x]);
        for (let i = 0; i < refinements(from, to); i++) next = transferred(ctx, x, denoise(next, to).noise, from, to);
        return { x: next };
      },
    });
  },
});
