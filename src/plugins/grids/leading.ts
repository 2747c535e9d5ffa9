import { z } from 'zod';
import { definePlugin } from '../../core/plugins/define-plugin.js';
import { Roles } from '../../core/plugins/roles.js';
import { checkSteps } from './grid-steps.js';

const config = z.strictObject({
  offset: z.int().min(0).default(0).describe('added to every index (Stable Diffusion uses 1)'),
});

/**
 * Evenly spaced times counted from the cleanest one: multiples of `floor(trainSteps / steps)` (Song et al. 2021, DDIM).
 * The noisiest level is not visited, which dims samples of schedules that end in pure noise; kept for checkpoints.
 */
export const leading = definePlugin({
  role: Roles.grid,
  name: 'leading',
  config,
  create: ({ config: { offset } }) => ({
    levels(schedule, steps) {
      checkSteps(steps, schedule);
      const { trainSteps, tMin, tMax } = schedule;
      const stride = trainSteps === undefined ? (tMax - tMin) / steps : Math.floor(trainSteps / steps);
      const first = trainSteps === undefined ? tMin : offset;
      const times = Array.from({ length: steps }, (_, i) => Math.min(first + (steps - 1 - i) * stride, tMax));
      return [...times.map((t) => schedule.at(t)), schedule.clean];
    },
  }),
});
