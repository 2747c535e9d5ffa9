import { z } from 'zod';
import { definePlugin } from '../../core/plugins/define-plugin.js';
import { Roles } from '../../core/plugins/roles.js';
import { quantileLevel } from './quantile-level.js';

const config = z.strictObject({
  mean: z.number().default(-1.2).describe('mean of ln(sigma / alpha) (P_mean)'),
  std: z.number().positive().default(1.2).describe('standard deviation of ln(sigma / alpha) (P_std)'),
});

/** `ln(sigma / alpha)` is normal: training effort where it counts (Karras et al. 2022, table 1). */
export const logNormal = definePlugin({
  role: Roles.timestepSampler,
  name: 'log-normal',
  config,
  create: ({ config }) => ({ level: (schedule, u) => quantileLevel(schedule, u, config) }),
});
