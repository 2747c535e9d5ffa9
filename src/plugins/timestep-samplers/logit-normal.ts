import { z } from 'zod';
import { inverseNormal } from '../../core/math/inverse-normal.js';
import { definePlugin } from '../../core/plugins/define-plugin.js';
import { Roles } from '../../core/plugins/roles.js';

const config = z.strictObject({
  mean: z.number().default(0).describe('mean of logit(sigma); above 0 trains more on noise'),
  std: z.number().positive().default(1).describe('standard deviation of logit(sigma)'),
});

/** `sigma / (alpha + sigma)` is logit-normal (Esser et al. 2024, section 3.1): the middle of the path more often. */
export const logitNormal = definePlugin({
  role: Roles.timestepSampler,
  name: 'logit-normal',
  config,
  create: ({ config: { mean, std } }) => ({
    level: (schedule, u) => {
      const lambda = -(mean + std * inverseNormal(Math.min(Math.max(u, 1e-12), 1 - 1e-12)));
      return schedule.at(schedule.timeAt(lambda));
    },
  }),
});
