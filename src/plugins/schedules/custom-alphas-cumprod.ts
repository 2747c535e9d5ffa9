import { z } from 'zod';
import { MOST, listOf } from '../../core/assembly/config-numbers.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { tableSchedule } from './discrete.js';
import { tableConfig } from './table-config.js';

const config = z.strictObject({
  alphasCumprod: listOf(z.number().min(0).lt(1), MOST.trainSteps)
    .refine((table) => table.every((value, i) => i === 0 || value < (table[i - 1] ?? 1)), 'the numbers do not fall')
    .describe('alpha² of each training step, falling; only the last may be 0'),
  ...tableConfig,
});

/**
 * A table of alpha² of your own, one number for each training step. Source: no method; what checkpoints store as
 * `alphas_cumprod` (Ho et al. 2020, equation 4).
 * When: a checkpoint brings its table of alpha².
 */
export const customAlphasCumprod = definePlugin({
  role: Roles.schedule,
  name: 'custom-alphas-cumprod',
  summary: 'A table of alpha² of your own, one number a training step.',
  reference: 'No method: what a checkpoint stores as alphas_cumprod',
  tags: { path: 'variance preserving', time: 'discrete', when: 'a checkpoint brings its table of alpha²' },
  config,
  create: ({ config: { alphasCumprod, ...options } }) => tableSchedule(alphasCumprod, options),
});
