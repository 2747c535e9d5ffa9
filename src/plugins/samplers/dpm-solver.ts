import { z } from 'zod';
import { whole } from '../../core/assembly/config-numbers.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { exponentialMultistep, exponentialMultistepConfig } from './exponential-multistep.js';

const config = z.strictObject({
  order: whole(3).default(2).describe('levels that a step uses: this one and those before'),
  ...exponentialMultistepConfig.shape,
});

/**
 * DPM-Solver, multistep: an exponential integrator in lambda for the estimate of the noise (Lu et al. 2022,
 * "DPM-Solver", proposition 3.1 and equation 3.7, with estimates of earlier levels for the derivatives). One network
 * call a step.
 * When: runs without guidance; with large guidance scales or few steps dpmpp-2m and dpmpp-3m, which integrate the clean
 * sample, are more stable.
 */
export const dpmSolver = definePlugin({
  role: Roles.sampler,
  name: 'dpm-solver',
  summary: 'Multistep exponential integrator in lambda for the estimate of the noise.',
  reference: 'Lu et al. 2022, "DPM-Solver", proposition 3.1 and equation 3.7',
  tags: {
    path: 'any',
    order: 2,
    stochastic: false,
    calls: 1,
    when: 'runs without guidance; dpmpp-2m and dpmpp-3m are more stable at large scales and few steps',
  },
  config,
  create: ({ config: options }) => exponentialMultistep({ ...options, form: 'noise' }),
});
