import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { exponentialMultistep, exponentialMultistepConfig } from './exponential-multistep.js';

/**
 * DPM-Solver++(3M): a three-step exponential integrator in lambda for the estimate of x0 (Lu et al. 2022,
 * "DPM-Solver++", section 4.2 and appendix A). Third order: one network call a step, two in the first.
 * When: 15 steps and more without guidance, or with a small scale; with a large one dpmpp-2m is more stable.
 */
export const dpmpp3m = definePlugin({
  role: Roles.sampler,
  name: 'dpmpp-3m',
  summary: 'A three-step exponential integrator in lambda for the estimate of x0.',
  reference: 'Lu et al. 2022, "DPM-Solver++", section 4.2 and appendix A',
  tags: {
    path: 'any',
    order: 3,
    stochastic: false,
    calls: 1,
    when: '15 steps and more without guidance, or with a small scale',
  },
  config: exponentialMultistepConfig,
  create: ({ config }) => exponentialMultistep({ ...config, form: 'denoised', order: 3 }),
});
