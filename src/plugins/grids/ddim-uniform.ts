import { z } from 'zod';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { finalConfig, withFinal } from './final-level.js';
import { leadingTimes } from './spaced-times.js';

/**
 * The grid of the first DDIM code, ComfyUI's "ddim_uniform": `leading` with offset 1. ComfyUI takes a step or two more
 * than asked for where the number of steps does not divide the training steps; this takes as many as asked for.
 * When: images made by ComfyUI with this grid are to be reproduced.
 */
export const ddimUniform = definePlugin({
  role: Roles.grid,
  name: 'ddim-uniform',
  summary: 'The grid of the first DDIM code: leading with offset 1.',
  reference: 'Song et al. 2021, "DDIM"; ComfyUI, "ddim_uniform"',
  tags: { spacing: 'time', when: 'images made by ComfyUI with this grid are to be reproduced' },
  config: z.strictObject({ final: finalConfig }),
  create: ({ config: { final } }) => ({
    levels(schedule, steps) {
      const times = leadingTimes(schedule, steps, 1, final === 'sigma-min' && schedule.trainSteps === undefined);
      return withFinal(
        times.map((t) => schedule.at(t)),
        schedule,
        final,
      );
    },
  }),
});
