import { z } from 'zod';
import { positive } from '../../core/assembly/config-numbers.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { alphaBarConfig, betasOf } from './betas-of.js';
import { discreteSchedule } from './discrete.js';

const config = z.strictObject({
  rate: positive().default(12).describe('alpha² falls to exp(-rate) at the end'),
  ...alphaBarConfig,
});

/**
 * alpha² = exp(-rate u): every beta is the same.
 * Source: `alpha_transform_type: exp` of diffusers; there is no paper.
 * When: checkpoints of diffusers that name it.
 */
export const exp = definePlugin({
  role: Roles.schedule,
  name: 'exp',
  summary: 'alpha² = exp(-rate u): every beta is the same.',
  reference: 'No paper argues for it; "exp" of diffusers',
  tags: { path: 'variance preserving', time: 'discrete', when: 'checkpoints of diffusers that name it' },
  config,
  create: ({ config: { trainSteps, rate, maxBeta, ...options } }) =>
    discreteSchedule(
      betasOf((u) => Math.exp(-rate * u), trainSteps, maxBeta),
      options,
    ),
});
