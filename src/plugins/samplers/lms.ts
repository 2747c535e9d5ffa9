import { z } from 'zod';
import type { Vector } from '../../core/contracts/vector.js';
import { definePlugin } from '../../core/plugins/define-plugin.js';
import { defineSampler } from '../../core/plugins/define-sampler.js';
import { Roles } from '../../core/plugins/roles.js';
import { lagrangeWeights } from './lagrange-weights.js';

const config = z.strictObject({
  order: z.int().min(1).max(4).default(4).describe('levels that a step looks at: this one and those before'),
});

type Noises = readonly (readonly [s: number, noise: Vector])[];

/**
 * Linear multistep: the noises of the last levels are a polynomial in `s = sigma / alpha`, integrated exactly over the
 * step (Adams and Bashforth, with uneven steps; k-diffusion's "LMS"). One network call a step. It starts with lower
 * orders, which bounds its order of convergence by 2, with a small constant on grids that start in much noise.
 */
export const lms = definePlugin({
  role: Roles.sampler,
  name: 'lms',
  config,
  create: ({ config }) =>
    defineSampler({
      order: Math.min(config.order, 2),
      stochastic: false,
      init: (x) => ({ x, ...remembered([]) }),
      step(state, { from, to, denoise, combine }) {
        const { denoised, noise } = denoise(state.x, from);
        if (from.alpha === 0) return { x: combine([to.alpha, denoised], [to.sigma, noise]), ...remembered([]) };
        const known: Noises = [[from.sigma / from.alpha, noise], ...recalled(state)].slice(0, config.order) as Noises;
        const weights = lagrangeWeights(
          known.map(([s]) => s),
          to.sigma / to.alpha,
        );
        const terms = known.map(([, past], i) => [to.alpha * (weights[i] ?? 0), past] as const);
        return { x: combine([to.alpha / from.alpha, state.x], ...terms), ...remembered(known) };
      },
    }),
});

/** What the next step needs of the last three levels, as a flat record. */
function remembered([first, second, third]: Noises) {
  return {
    s1: first?.[0],
    noise1: first?.[1],
    s2: second?.[0],
    noise2: second?.[1],
    s3: third?.[0],
    noise3: third?.[1],
  };
}

function recalled({ s1, noise1, s2, noise2, s3, noise3 }: ReturnType<typeof remembered>): Noises {
  const pairs = [[s1, noise1] as const, [s2, noise2] as const, [s3, noise3] as const];
  return pairs.flatMap(([s, noise]) => (s === undefined || noise === undefined ? [] : [[s, noise] as const]));
}
