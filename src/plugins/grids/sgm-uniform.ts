import { z } from 'zod';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { finalConfig, withFinal } from './final-level.js';
import { linspaceTimes } from './spaced-times.js';

/**
 * Evenly spaced times, not rounded, with one more than there are steps, of which the cleanest is left out: ComfyUI's
 * "sgm_uniform", after Stability AI's generative models.
 * When: images made by ComfyUI with this grid are to be reproduced, and distilled networks of that kind.
 */
export const sgmUniform = definePlugin({
  role: Roles.grid,
  name: 'sgm-uniform',
  summary: 'Evenly spaced times, not rounded, with one more than there are steps, of which the cleanest is left out.',
  reference: 'ComfyUI, "sgm_uniform"; Stability AI\'s generative models',
  tags: {
    spacing: 'time',
    when: 'images made by ComfyUI with this grid are to be reproduced, and distilled networks of that kind',
  },
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
