import { z } from 'zod';
import { inverseNormal } from '../../core/math/inverse-normal.js';
import { definePlugin } from '../../core/plugins/define-plugin.js';
import { Roles } from '../../core/plugins/roles.js';

const config = z.strictObject({
  mean: z.number().default(-1.2).describe('mean of ln(sigma / alpha) (P_mean)'),
  std: z.number().positive().default(1.2).describe('standard deviation of ln(sigma / alpha) (P_std)'),
});

/** `ln(sigma / alpha)` is normal: training effort where it counts (Karras et al. 2022, table 1). */
export const logNormal = definePlugin({
  role: Roles.timestepSampler,
  name: 'log-normal',
  config,
  create: ({ config: { mean, std } }) => ({
    level: (schedule, u) => {
      const lambda = -(mean + std * inverseNormal(Math.min(Math.max(u, 1e-12), 1 - 1e-12)));
      return schedule.at(schedule.timeAt(lambda));
    },
  }),
});
