import { z } from 'zod';
import { positive, real } from '../../core/assembly/config-numbers.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { quantileLevel } from './quantile-level.js';

const config = z.strictObject({
  mean: real().default(0).describe('mean of logit(sigma); above 0 trains more on noise'),
  std: positive().default(1).describe('standard deviation of logit(sigma)'),
});

/**
 * Levels whose `sigma / (alpha + sigma)` is logit-normal: the middle of the path is drawn more often than its ends
 * (Esser et al. 2024, "SD3", section 3.1).
 * When: networks of flow matching.
 */
export const logitNormal = definePlugin({
  role: Roles.timestepSampler,
  name: 'logit-normal',
  summary: 'sigma / (alpha + sigma) is logit-normal: the middle of the path more often.',
  reference: 'Esser et al. 2024, section 3.1',
  tags: { when: 'networks of flow matching' },
  config,
  create: ({ config }) => ({ level: (schedule, u) => quantileLevel(schedule, u, config) }),
});
