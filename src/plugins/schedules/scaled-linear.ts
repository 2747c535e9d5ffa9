import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { betaRange, linspace } from './beta-range.js';
import { discreteSchedule } from './discrete.js';

/**
 * Betas whose square roots grow linearly; alpha² is the product of `1 - beta` (Rombach et al. 2022, "High-Resolution
 * Image Synthesis with Latent Diffusion Models").
 * When: latents, and checkpoints of latent diffusion.
 */
export const scaledLinear = definePlugin({
  role: Roles.schedule,
  name: 'scaled-linear',
  summary: 'Betas whose square roots grow linearly.',
  reference: 'Rombach et al. 2022, "Latent diffusion"',
  tags: { path: 'variance preserving', time: 'discrete', when: 'latents, and checkpoints of latent diffusion' },
  config: betaRange(0.00085, 0.012),
  create: ({ config: { trainSteps, betaStart, betaEnd, ...options } }) => {
    const roots = linspace(Math.sqrt(betaStart), Math.sqrt(betaEnd), trainSteps);
    return discreteSchedule(
      roots.map((root) => root ** 2),
      options,
    );
  },
});
