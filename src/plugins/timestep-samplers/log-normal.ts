import { z } from 'zod';
import { positive, real } from '../../core/assembly/config-numbers.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { quantileLevel } from './quantile-level.js';

const config = z.strictObject({
  mean: real().default(-1.2).describe('mean of ln(sigma / alpha) (P_mean)'),
  std: positive().default(1.2).describe('standard deviation of ln(sigma / alpha) (P_std)'),
});

/**
 * Levels whose `ln(sigma / alpha)` is normal: most training is done at medium noise, where the loss can be reduced most
 * (Karras et al. 2022, table 1 and section 5).
 * When: networks with the parameterization edm.
 */
export const logNormal = definePlugin({
  role: Roles.timestepSampler,
  name: 'log-normal',
  summary: 'ln(sigma / alpha) is normal: training effort where it counts.',
  reference: 'Karras et al. 2022, table 1',
  tags: { when: 'networks with the parameterization edm' },
  config,
  create: ({ config }) => ({ level: (schedule, u) => quantileLevel(schedule, u, config) }),
});
