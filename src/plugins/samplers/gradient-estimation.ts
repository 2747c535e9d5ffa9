import { z } from 'zod';
import { nonNegative } from '../../core/assembly/config-numbers.js';
import type { Vector } from '../../core/contracts/vector.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { defineSampler } from '../../core/assembly/define-sampler.js';
import { Roles } from '../../core/assembly/roles.js';

const config = z.strictObject({
  gamma: nonNegative(10).default(2).describe('weight of this noise against the one before: 1 is ddim, 2 extrapolates'),
});

/**
 * Gradient estimation: ddim with the noise `gamma * noise + (1 - gamma) * noise before`, which takes the sampler as
 * gradient descent on the distance from the data and corrects the errors of its gradients (Permenter & Yuan 2024,
 * "Interpreting and Improving Diffusion Models from an Optimization Perspective", algorithm 2; ComfyUI,
 * gradient_estimation). One network call a step; it honours guidance that decouples the noise, such as cfg-plus-plus.
 * When: 10 to 20 steps at the cost of ddim.
 */
export const gradientEstimation = definePlugin({
  role: Roles.sampler,
  name: 'gradient-estimation',
  summary: 'ddim with a noise that goes beyond the one of this level, away from that of the level before.',
  reference:
    'Permenter & Yuan 2024, "Interpreting and Improving Diffusion Models from an Optimization Perspective", algorithm 2; ComfyUI, gradient_estimation',
  tags: { path: 'any', order: 1, stochastic: false, calls: 1, when: '10 to 20 steps at the cost of ddim' },
  config,
  create: ({ config: { gamma } }) =>
    defineSampler({
      order: 1,
      stochastic: false,
      init: (x) => ({ x, before: undefined as Vector | undefined }),
      step({ x, before }, { from, to, denoise, combine }) {
        const { denoised, noise } = denoise(x, from);
        const plain = [[to.alpha, denoised] as const, [to.sigma, noise] as const];
        if (from.alpha === 0) return { x: combine(...plain), before: undefined };
        if (before === undefined || to.sigma === 0) return { x: combine(...plain), before: noise };
        const beyond = (gamma - 1) * (to.sigma - (to.alpha / from.alpha) * from.sigma);
        return { x: combine(...plain, [beyond, noise], [-beyond, before]), before: noise };
      },
    }),
});
