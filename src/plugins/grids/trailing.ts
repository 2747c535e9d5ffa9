import { z } from 'zod';
import { definePlugin } from '../../core/plugins/define-plugin.js';
import { Roles } from '../../core/plugins/roles.js';
import { checkSteps } from './grid-steps.js';

/**
 * Evenly spaced times counted from the noisiest one, which is always visited (Lin et al. 2024, "Common diffusion noise
 * schedules and sample steps are flawed", table 2). The one to choose unless a checkpoint asks for another.
 */
export const trailing = definePlugin({
  role: Roles.grid,
  name: 'trailing',
  config: z.strictObject({}),
  create: () => ({
    levels(schedule, steps) {
      checkSteps(steps, schedule);
      const { trainSteps, tMax } = schedule;
      const time = (i: number): number =>
        trainSteps === undefined ? tMax * (1 - i / steps) : Math.round(trainSteps - (i * trainSteps) / steps) - 1;
      return [...Array.from({ length: steps }, (_, i) => schedule.at(time(i))), schedule.clean];
    },
  }),
});
