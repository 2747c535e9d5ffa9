import { z } from 'zod';
import { MOST, listOf } from '../../core/assembly/config-numbers.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { discreteSchedule } from './discrete.js';
import { tableConfig } from './table-config.js';

const config = z.strictObject({
  betas: listOf(z.number().gt(0).lt(1), MOST.trainSteps).describe('beta of each training step'),
  ...tableConfig,
});

/**
 * Betas of your own, one for each training step; alpha² is the product of `1 - beta` (Ho et al. 2020, equation 4).
 * Source: no method; `trained_betas` of diffusers.
 * When: a checkpoint brings its betas.
 */
export const customBetas = definePlugin({
  role: Roles.schedule,
  name: 'custom-betas',
  summary: 'Betas of your own, one a training step.',
  reference: 'No method: trained_betas of diffusers',
  tags: { path: 'variance preserving', time: 'discrete', when: 'a checkpoint brings its betas' },
  config,
  create: ({ config: { betas, ...options } }) => discreteSchedule(betas, options),
});
