import { z } from 'zod';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import type { ExponentialRule } from './exponential-integrator.js';
import { sdeMultistep } from './sde-multistep.js';
import { sdeNoiseSettings } from './sde-noise.js';

const config = z.strictObject({
  solver: z.enum(['midpoint', 'heun']).default('heun').describe('how steps of second order weigh their slope'),
  lowerOrderFinal: z.boolean().default(false).describe('lower the order of the last steps; steadies runs of few steps'),
  eulerAtFinal: z.boolean().default(false).describe('a last step of first order'),
  ...sdeNoiseSettings,
  thirdOrderFactor: z
    .enum(['exact', 'half'])
    .default('exact')
    .describe('half: the second difference as diffusers and k-diffusion weigh it'),
  sdeThirdOrderSign: z
    .enum(['exact', 'flipped'])
    .default('exact')
    .describe('flipped: the second difference as diffusers has it on the SDE'),
});

/**
 * DPM-Solver++(3M) on the reverse SDE: estimates at three levels are a parabola in lambda, integrated exactly, with
 * noise in every step (k-diffusion, "DPM++ 3M SDE", with the whole weight of the second difference; coefficients of Lu
 * et al. 2022, "DPM-Solver++", appendix A, on the SDE of appendix B). Steps of lower order come first, so on the ODE
 * (`eta` 0) it is of second order; dpmpp-3m is of third.
 * When: 25 steps and more.
 */
export const dpmpp3mSde = definePlugin({
  role: Roles.sampler,
  name: 'dpmpp-3m-sde',
  summary: 'DPM-Solver++(3M) on the reverse SDE, with noise in every step.',
  reference: 'k-diffusion, "DPM++ 3M SDE"; coefficients of Lu et al. 2022, "DPM-Solver++", appendices A and B',
  tags: { path: 'any', order: 1, stochastic: true, calls: 1, when: '25 steps and more' },
  config,
  create: ({ config: { solver, lowerOrderFinal, eulerAtFinal, thirdOrderFactor, sdeThirdOrderSign, ...noise } }) =>
    sdeMultistep({
      ...noise,
      form: 'denoised',
      levels: 3,
      levelsAt: ({ index, count }) => {
        if (eulerAtFinal && index === count - 1) return 1;
        return lowerOrderFinal ? Math.min(3, count - index) : 3;
      },
      secondOrder: solver === 'midpoint' ? 'midpoint' : 'exact',
      thirdOrder: thirdOrderRule(thirdOrderFactor, sdeThirdOrderSign),
    }),
});

function thirdOrderRule(factor: 'exact' | 'half', sign: 'exact' | 'flipped'): ExponentialRule {
  if (sign === 'flipped') return factor === 'half' ? 'half-curvature-sign' : 'curvature-sign';
  return factor === 'half' ? 'half-curvature' : 'exact';
}
