import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { exponentialMultistep } from './exponential-multistep.js';
import { twoStepConfig } from './two-step-config.js';

/**
 * DPM-Solver++(2M): a two-step exponential integrator in lambda for the estimate of x0 (Lu et al. 2022, "DPM-Solver++",
 * algorithm 2). Second order for one network call a step.
 * When: the usual choice for 10 to 30 steps.
 */
export const dpmpp2m = definePlugin({
  role: Roles.sampler,
  name: 'dpmpp-2m',
  summary: 'A two-step exponential integrator in lambda for the estimate of x0.',
  reference: 'Lu et al. 2022, "DPM-Solver++", algorithm 2',
  tags: { path: 'any', order: 2, stochastic: false, calls: 1, when: '10 to 30 steps: the usual choice' },
  config: twoStepConfig,
  create: ({ config: { solver, finalOrder } }) =>
    exponentialMultistep({ form: 'denoised', order: 2, solver, eulerAtFinal: finalOrder === 1 }),
});
