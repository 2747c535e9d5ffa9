import { z } from 'zod';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';

/**
 * All times equally often: every index of a discrete schedule, any t of a continuous one (Ho et al.
 * 2020, algorithm 1).
 * When: networks on discrete schedules, and the first choice for others.
 */
export const uniform = definePlugin({
  role: Roles.timestepSampler,
  name: 'uniform',
  summary: 'All times equally often.',
  reference: 'Ho et al. 2020, algorithm 1',
  tags: { when: 'networks on discrete schedules, and where nothing is known' },
  config: z.strictObject({}),
  create: () => ({
    level: (schedule, u) => {
      const { trainSteps, tMin, tMax } = schedule;
      return schedule.at(trainSteps === undefined ? tMin + u * (tMax - tMin) : Math.floor(u * trainSteps));
    },
  }),
});
