import { z } from 'zod';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { sdeMultistep } from './sde-multistep.js';
import { sdeNoiseSettings } from './sde-noise.js';
import { twoStepConfig } from './two-step-config.js';

const config = z.strictObject({
  order: z
    .union([z.literal(1), z.literal(2)])
    .default(2)
    .describe('levels that a step uses: this one, or that before too'),
  ...twoStepConfig.shape,
  ...sdeNoiseSettings,
});

/**
 * SDE-DPM-Solver: dpm-solver on the reverse SDE, an exponential integrator for the estimate of the noise (Lu et al.
 * 2022, "DPM-Solver++", appendix B, SDE-DPM-Solver-1 and -2M). Steps from pure noise and to the clean level, where this
 * form is undefined, are those of dpmpp-2m-sde.
 * When: comparisons; dpmpp-2m-sde is more stable in few steps.
 */
export const sdeDpmSolver = definePlugin({
  role: Roles.sampler,
  name: 'sde-dpm-solver',
  summary: 'dpm-solver on the reverse SDE: an exponential integrator for the estimate of the noise.',
  reference: 'Lu et al. 2022, "DPM-Solver++", appendix B, SDE-DPM-Solver-1 and -2M',
  tags: {
    path: 'any',
    order: 1,
    stochastic: true,
    calls: 1,
    when: 'comparisons; dpmpp-2m-sde is more stable in few steps',
  },
  config,
  create: ({ config: { order, solver, finalOrder, ...noise } }) =>
    sdeMultistep({
      ...noise,
      form: 'noise',
      levels: order,
      levelsAt: ({ index, count }) => Math.min(order, index === count - 1 ? finalOrder : 2),
      secondOrder: solver === 'midpoint' ? 'midpoint' : 'exact',
    }),
});
