import { z } from 'zod';
import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import { definePlugin } from '../../core/plugins/define-plugin.js';
import { defineSampler } from '../../core/plugins/define-sampler.js';
import { Roles } from '../../core/plugins/roles.js';

const config = z.strictObject({
  variance: z
    .enum(['fixed-small', 'fixed-large'])
    .default('fixed-small')
    .describe('variance of the posterior (beta-tilde), or of the forward step (beta)'),
});

/**
 * Ancestral sampling: draws from the posterior q(x' | x, x0) at the estimated x0 (Ho et al. 2020, equations 6 and 7).
 * For many steps (hundreds); its noise corrects the errors of earlier steps.
 */
export const ddpm = definePlugin({
  role: Roles.sampler,
  name: 'ddpm',
  config,
  create: ({ config: { variance } }) =>
    defineSampler({
      order: 1,
      stochastic: true,
      init: (x) => ({ x }),
      step({ x }, { from, to, denoise, noise, combine }) {
        const { denoised } = denoise(x, from);
        const ratio = from.alpha / to.alpha;
        const keep = (ratio * to.sigma ** 2) / from.sigma ** 2;
        const std = Math.sqrt(Math.max(0, varianceOf(variance, from, to)));
        const drawn = std > 0 ? ([[std, noise()]] as const) : [];
        return { x: combine([to.alpha - keep * from.alpha, denoised], [keep, x], ...drawn) };
      },
    }),
});

function varianceOf(kind: 'fixed-small' | 'fixed-large', from: NoiseLevel, to: NoiseLevel): number {
  if (to.sigma === 0) return 0;
  const beta = from.sigma ** 2 - (from.alpha / to.alpha) ** 2 * to.sigma ** 2;
  return kind === 'fixed-large' ? beta : (beta * to.sigma ** 2) / from.sigma ** 2;
}
