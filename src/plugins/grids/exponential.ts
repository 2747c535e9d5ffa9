import { z } from 'zod';
import { definePlugin } from '../../core/plugins/define-plugin.js';
import { Roles } from '../../core/plugins/roles.js';
import { checkSteps } from './grid-steps.js';
import { sigmaEnds } from './sigma-ends.js';

const config = z.strictObject({
  sigmaMin: z.number().positive().optional().describe('least sigma / alpha; the schedule’s own where absent'),
  sigmaMax: z.number().positive().optional().describe('largest sigma / alpha; the schedule’s own where absent'),
});

/** Levels evenly spaced in lambda (k-diffusion's "exponential"; Lu et al. 2022, section 3.4), then the clean level. */
export const exponential = definePlugin({
  role: Roles.grid,
  name: 'exponential',
  config,
  create: ({ config }) => ({
    levels(schedule, steps) {
      checkSteps(steps, schedule);
      const { low, high } = sigmaEnds(schedule, config, 'grid/exponential');
      const [from, to] = [-Math.log(high), -Math.log(low)];
      const lambda = (i: number): number => from + (steps === 1 ? 0 : (i / (steps - 1)) * (to - from));
      return [...Array.from({ length: steps }, (_, i) => schedule.levelAt(lambda(i))), schedule.clean];
    },
  }),
});
