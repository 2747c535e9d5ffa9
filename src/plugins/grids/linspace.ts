import { z } from 'zod';
import { definePlugin } from '../../core/plugins/define-plugin.js';
import { Roles } from '../../core/plugins/roles.js';
import { checkSteps } from './grid-steps.js';

const config = z.strictObject({
  rounding: z.boolean().default(true).describe('round the times of a discrete schedule to whole indices'),
});

/** Evenly spaced times from the noisiest to the cleanest level, both visited; then the clean level. */
export const linspace = definePlugin({
  role: Roles.grid,
  name: 'linspace',
  config,
  create: ({ config: { rounding } }) => ({
    levels(schedule, steps) {
      checkSteps(steps, schedule);
      const { trainSteps, tMin, tMax } = schedule;
      const share = (i: number): number => (trainSteps === undefined ? i / steps : steps === 1 ? 0 : i / (steps - 1));
      const time = (i: number): number => tMax + (tMin - tMax) * share(i);
      const placed = (t: number): number => (trainSteps !== undefined && rounding ? Math.round(t) : t);
      return [...Array.from({ length: steps }, (_, i) => schedule.at(placed(time(i)))), schedule.clean];
    },
  }),
});
