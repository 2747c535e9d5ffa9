import { z } from 'zod';
import { definePlugin } from '../../core/plugins/define-plugin.js';
import { Roles } from '../../core/plugins/roles.js';
import { finalConfig, withFinal } from './final-level.js';
import { linspaceTimes } from './spaced-times.js';

/** Evenly spaced times with both ends, not rounded: k-diffusion's and ComfyUI's "normal"; `linspace` without rounding. */
export const normal = definePlugin({
  role: Roles.grid,
  name: 'normal',
  config: z.strictObject({ final: finalConfig }),
  create: ({ config: { final } }) => ({
    levels(schedule, steps) {
      const times = linspaceTimes(schedule, steps, final === 'sigma-min');
      return withFinal(
        times.map((t) => schedule.at(t)),
        schedule,
        final,
      );
    },
  }),
});
