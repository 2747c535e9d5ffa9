import { z } from 'zod';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { finalConfig, withFinal } from './final-level.js';
import { linspaceTimes } from './spaced-times.js';

/**
 * Evenly spaced times with both ends, not rounded to indices: `linspace` without rounding. Source: "normal" of
 * k-diffusion and ComfyUI.
 * When: images made by k-diffusion or ComfyUI with this grid are to be reproduced.
 */
export const normal = definePlugin({
  role: Roles.grid,
  name: 'normal',
  summary: 'Evenly spaced times with both ends, not rounded.',
  reference: 'k-diffusion; ComfyUI, "normal"',
  tags: { spacing: 'time', when: 'images made by k-diffusion or ComfyUI with this grid are to be reproduced' },
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
