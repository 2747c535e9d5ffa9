import { z } from 'zod';
import { positive } from '../../core/assembly/config-numbers.js';
import type { Average } from '../../core/contracts/training.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';

const config = z.strictObject({
  decay: z.number().min(0).max(1).default(0.9999).describe('Largest weight of the old average'),
  warmUp: z
    .enum(['diffusers', 'power', 'none'])
    .default('diffusers')
    .describe('How the decay rises: (1 + step)/(10 + step), 1 - (1 + step/inverseGamma)^-power, or at once'),
  inverseGamma: positive().default(1).describe('Time scale of the power warm-up, in steps'),
  power: positive().default(0.75).describe('Exponent of the power warm-up: 2/3 for long runs, 3/4 for short'),
});

/**
 * Exponential moving average of the weights (Polyak & Juditsky 1992; for diffusion Ho et al. 2020, appendix B):
 * `average = decay * average + (1 - decay) * weights`. The two warm-ups are those of diffusers' `EMAModel`: the first
 * update (step 0) copies the weights, so that the average forgets the random start. When: nearly always: averaged
 * weights give better samples than the last ones.
 */
export const ema = definePlugin({
  role: Roles.average,
  name: 'ema',
  summary: 'Exponential moving average of the weights: average = decay * average + (1 - decay) * weights.',
  reference: 'Polyak & Juditsky 1992; for diffusion Ho et al. 2020, appendix B',
  tags: { when: 'nearly always: averaged weights give better samples than the last ones' },
  config,
  create: ({ config: { decay, warmUp, inverseGamma, power } }): Average => {
    const rise: Readonly<Record<typeof warmUp, (step: number) => number>> = {
      none: () => decay,
      diffusers: (step) => (step === 0 ? 0 : (1 + step) / (10 + step)),
      power: (step) => 1 - (1 + step / inverseGamma) ** -power,
    };
    return { decay: (step) => Math.min(decay, rise[warmUp](step)) };
  },
});
