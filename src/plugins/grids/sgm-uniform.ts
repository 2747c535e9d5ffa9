import { z } from 'zod';
import { definePlugin } from '../../core/plugins/define-plugin.js';
import { Roles } from '../../core/plugins/roles.js';
import { finalConfig, withFinal } from './final-level.js';
import { linspaceTimes } from './spaced-times.js';

/**
 * Evenly spaced times, not rounded, with one more than there are steps, of which the cleanest is left out: ComfyUI's
 * "sgm_uniform", after Stability AI's generative models.
 */
export const sgmUniform = definePlugin({
  role: Roles.grid,
  name: 'sgm-uniform',
  config: z.strictObject({ final: finalConfig }),
  create: ({ config: { final } }) => ({
    levels(schedule, steps) {
      const times = linspaceTimes(schedule, steps, true);
      return withFinal(
        times.map((t) => schedule.at(t)),
        schedule,
        final,
      );
    },
  }),
});
