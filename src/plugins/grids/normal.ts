import { z } from 'zod';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { finalConfig, withFinal } from './final-level.js';
import { linspaceTimes } from './spaced-times.js';

/**
 * Evenly spaced times with both ends, not rounded: k-diffusion's and ComfyUI's "normal"; `linspace` without rounding.
 * When: pictures of k-diffusion or ComfyUI with this name are to be matched.
 */
export const normal = definePlugin({
  role: Roles.grid,
  name: 'normal',
  summary: 'Evenly spaced times with both ends, not rounded.',
  reference: 'k-diffusion; ComfyUI, "normal"',
  tags: { spacing: 'time', when: 'pictures of k-diffusion or ComfyUI with this name are to be matched' },
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
