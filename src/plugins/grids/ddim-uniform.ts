import { z } from 'zod';
import { definePlugin } from '../../core/plugins/define-plugin.js';
import { Roles } from '../../core/plugins/roles.js';
import { finalConfig, withFinal } from './final-level.js';
import { leadingTimes } from './spaced-times.js';

/**
 * The grid of the first DDIM code, ComfyUI's "ddim_uniform": `leading` with offset 1. ComfyUI takes a step or two more
 * than asked for where the number of steps does not divide the training steps; this takes what was asked for.
 */
export const ddimUniform = definePlugin({
  role: Roles.grid,
  name: 'ddim-uniform',
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
