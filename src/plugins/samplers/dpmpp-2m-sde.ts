import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { sdeMultistep } from './sde-multistep.js';
import { sdeNoiseSettings } from './sde-noise.js';
import { twoStepConfig } from './two-step-config.js';

/**
 * SDE-DPM-Solver++(2M): dpmpp-2m on the reverse SDE, with noise in every step (Lu et al. 2022, "DPM-Solver++", appendix
 * B; `eta` as in k-diffusion). The noise is of one Brownian path, so the content of a sample stays when the number of
 * steps changes.
 * When: more detail than dpmpp-2m gives, from about 25 steps on.
 */
export const dpmpp2mSde = definePlugin({
  role: Roles.sampler,
  name: 'dpmpp-2m-sde',
  summary: 'dpmpp-2m on the reverse SDE, with noise in every step.',
  reference: 'Lu et al. 2022, "DPM-Solver++", appendix B; eta as in k-diffusion',
  tags: {
    path: 'any',
    order: 1,
    stochastic: true,
    calls: 1,
    when: 'more detail than dpmpp-2m gives, from about 25 steps on',
  },
  config: twoStepConfig.extend(sdeNoiseSettings),
  create: ({ config: { solver, finalOrder, ...noise } }) =>
    sdeMultistep({
      ...noise,
      form: 'denoised',
      levels: 2,
      levelsAt: ({ index, count }) => (index === count - 1 ? finalOrder : 2),
      secondOrder: solver === 'midpoint' ? 'midpoint' : 'exact',
    }),
});
