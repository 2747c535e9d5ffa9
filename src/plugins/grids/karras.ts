import { z } from 'zod';
import { definePlugin } from '../../core/plugins/define-plugin.js';
import { Roles } from '../../core/plugins/roles.js';
import { checkSteps } from './grid-steps.js';
import { sigmaEnds } from './sigma-ends.js';

const config = z.strictObject({
  rho: z.number().positive().default(7).describe('7 crowds the levels at the clean end, 1 spaces sigma evenly'),
  sigmaMin: z.number().positive().optional().describe('least sigma / alpha; the schedule’s own where absent'),
  sigmaMax: z.number().positive().optional().describe('largest sigma / alpha; the schedule’s own where absent'),
});

/** Levels evenly spaced in (sigma / alpha)^(1 / rho) (Karras et al. 2022, equation 5), then the clean level. */
export const karras = definePlugin({
  role: Roles.grid,
  name: 'karras',
  config,
  create: ({ config: { rho, ...range } }) => ({
    levels(schedule, steps) {
      checkSteps(steps, schedule);
      const ends = sigmaEnds(schedule, range, 'grid/karras');
      const [low, high] = [ends.low ** (1 / rho), ends.high ** (1 / rho)];
      const sigma = (i: number): number => (high + (steps === 1 ? 0 : i / (steps - 1)) * (low - high)) ** rho;
      const levels = Array.from({ length: steps }, (_, i) => schedule.levelAt(-Math.log(sigma(i))));
      return [...levels, schedule.clean];
    },
  }),
});
