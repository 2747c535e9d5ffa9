import { z } from 'zod';
import type { StepPosition } from '../../core/contracts/sampler.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { defineSampler } from '../../core/assembly/define-sampler.js';
import { Roles } from '../../core/assembly/roles.js';
import { transferred } from './transferred.js';

/**
 * Heun++: a step along a mean of up to three slopes, here, at the next level and at the one after it, with weights that
 * go with sigma / alpha of those levels as a share of the run's first (Carzit, sd-webui-samplers-scheduler; ComfyUI,
 * heunpp2). Three network calls a step, two in the last but one, one in the last and from pure noise; the weights are not
 * those of a higher order. When: images made by ComfyUI with this sampler are to be reproduced.
 */
export const heunpp2 = definePlugin({
  role: Roles.sampler,
  name: 'heunpp2',
  summary: 'Heun++: a step along a mean of the slopes here, at the next level and at the one after it.',
  reference: 'Carzit, sd-webui-samplers-scheduler, "Heun++"; ComfyUI, heunpp2',
  tags: {
    path: 'any',
    order: 1,
    stochastic: false,
    calls: 3,
    when: 'images made by ComfyUI with this sampler are to be reproduced',
  },
  config: z.strictObject({}),
  create: () =>
    defineSampler({
      order: 1,
      stochastic: false,
      calls: slopesOf,
      // A level without signal has no sigma / alpha to compare with: the next one stands for it.
      init: (x, { levels }) => ({ x, largest: Math.exp(-(levels.find(({ alpha }) => alpha > 0)?.lambda ?? 0)) }),
      step({ x, largest }, ctx) {
        const { from, to, after, denoise, combine } = ctx;
        const first = denoise(x, from);
        const slopes = slopesOf(ctx);
        const ends = combine([to.alpha, first.denoised], [to.sigma, first.noise]);
        if (slopes === 1) return { x: ends, largest };
        const second = denoise(ends, to);
        const share = Math.exp(-to.lambda) / (slopes * largest);
        if (slopes === 2 || after === undefined) {
          const mean = combine([1 - share, first.noise], [share, second.noise]);
          return { x: transferred(ctx, x, mean, from, to), largest };
        }
        const third = denoise(transferred(ctx, ends, second.noise, to, after), after);
        const last = Math.exp(-after.lambda) / (slopes * largest);
        const mean = combine([1 - share - last, first.noise], [share, second.noise], [last, third.noise]);
        return { x: transferred(ctx, x, mean, from, to), largest };
      },
    }),
});

/** How many slopes a step looks at, each of them a network call. */
function slopesOf({ index, count, from, to, after }: StepPosition): 1 | 2 | 3 {
  if (from.alpha === 0 || to.sigma === 0 || index >= count - 1) return 1;
  return index === count - 2 || after === undefined || after.sigma === 0 ? 2 : 3;
}
