import { z } from 'zod';
import { whole } from '../../core/assembly/config-numbers.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { defineSampler } from '../../core/assembly/define-sampler.js';
import { Roles } from '../../core/assembly/roles.js';
import { recalled, remembered, type PastEstimates } from './past-estimates.js';
import { transferred } from './transferred.js';

const config = z.strictObject({
  order: whole(4).default(4).describe('levels that a step uses: this one and those before'),
});

/**
 * ipndm for steps of any width in `s = sigma / alpha`, with the weights that its authors published (Zhou et al. 2024,
 * "Fast ODE-based Sampling for Diffusion Models in Around 5 Steps", solvers of diff-sampler; ComfyUI, ipndm_v). With
 * order 3 and 4 they are those of Adams and Bashforth on even steps only; lms has them on all.
 * When: 5 to 20 steps on grids that are uneven in time, as images made by ComfyUI had them.
 */
export const ipndmV = definePlugin({
  role: Roles.sampler,
  name: 'ipndm-v',
  summary: 'ipndm for steps of any width in sigma / alpha, with the weights that its authors published.',
  reference: 'Zhou et al. 2024, "Fast ODE-based Sampling for Diffusion Models in Around 5 Steps"; ComfyUI, ipndm_v',
  tags: { path: 'any', order: 3, stochastic: false, calls: 1, when: '5 to 20 steps on grids that are uneven in time' },
  config,
  create: ({ config: { order } }) =>
    defineSampler({
      // With four levels the errors of the first steps and of the weights cancel out but at very small steps.
      order: order === 4 ? 3 : Math.min(order, 2),
      stochastic: false,
      init: (x) => ({ x, ...remembered([]) }),
      step(state, ctx) {
        const { from, to, denoise, combine } = ctx;
        const { denoised, noise } = denoise(state.x, from);
        if (from.alpha === 0) return { x: combine([to.alpha, denoised], [to.sigma, noise]), ...remembered([]) };
        const past: PastEstimates = [[from.sigma / from.alpha, noise], ...recalled(state)];
        const known = past.slice(0, to.sigma === 0 ? 1 : order);
        const [h, ...before] = widths([to.sigma / to.alpha, ...known.map(([s]) => s)]);
        const weights = publishedWeights(h ?? Number.NaN, before);
        const mean = combine(...known.map(([, estimate], i) => [weights[i] ?? 0, estimate] as const));
        return { x: transferred(ctx, state.x, mean, from, to), ...remembered(past.slice(0, 3)) };
      },
    }),
});

/** Widths of the steps between places, newest first. */
function widths(places: readonly number[]): readonly number[] {
  return places.slice(1).map((place, i) => (places[i] ?? Number.NaN) - place);
}

/**
 * Weights of the noises, newest first, for a step of width `h` after steps of the widths `before`. The
 * fourth is as published: the weights add up to 1 where the widths are a geometric series, and nearly so on smooth grids.
 */
function publishedWeights(h: number, [h1, h2, h3]: readonly number[]): readonly number[] {
  if (h1 === undefined) return [1];
  const slope = h / h1 / 2;
  if (h2 === undefined) return [1 + slope, -slope];
  const ratio = h1 / h2;
  const bent = (1 - ((h / (3 * (h + h1))) * (h * (h + h1))) / (h1 * (h1 + h2))) / 2;
  const three = [1 + slope + bent, -slope - (1 + ratio) * bent, ratio * bent] as const;
  if (h3 === undefined) return three;
  const outer = (h1 * (h1 + h2)) / (h2 * (h2 + h3));
  const inner = (1 - h / (3 * (h + h1))) / 2 + ((1 - h / (2 * (h + h1))) * h) / (6 * (h + h1 + h2));
  const cubic = (inner * (h * (h + h1) * (h + h1 + h2))) / (h1 * (h1 + h2) * (h1 + h2 + h3));
  return [
    three[0] + cubic,
    three[1] - (1 + ratio + outer) * cubic,
    three[2] + (ratio + outer * (1 + h2 / h3)) * cubic,
    -outer * cubic * ratio,
  ];
}
