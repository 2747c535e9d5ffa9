/**
 * Adams and Bashforth's two-step rule for samplers: second order for one network call a step.
 *
 * In `y = x / alpha` over `s = sigma / alpha` the reverse process is `dy / ds = noise` (Song et al. 2021, "DDIM",
 * equation 14). Euler's step follows the noise of this level; the second step and all later ones add how it bends,
 * read off the noise of the level before: `h / 2 * (h / previous h) * (noise - previous noise)`.
 */
import { definePlugin, defineSampler, Roles, type Vector } from 'rxdiffusion/plugin';
import { z } from 'zod';

export const ab2 = definePlugin({
  role: Roles.sampler,
  name: 'ab2',
  version: '1.0.0',
  apiVersion: 1,
  config: z.strictObject({}),
  create: () =>
    defineSampler({
      order: 2,
      stochastic: false,
      init: (x) => ({ x, previous: undefined as Vector | undefined, width: Infinity }),
      step({ x, previous, width }, { from, to, denoise, combine }) {
        const { denoised, noise } = denoise(x, from);
        const h = to.sigma / to.alpha - from.sigma / from.alpha;
        const bend = previous ? (to.alpha * h * (h / width)) / 2 : 0;
        return {
          // Euler's step needs no division by alpha when it is written as DDIM: it may start from pure noise.
          x: combine([to.alpha, denoised], [to.sigma + bend, noise], [-bend, previous ?? noise]),
          previous: noise,
          width: h,
        };
      },
    }),
});
