import { z } from 'zod';
import type { Vector } from '../../core/contracts/vector.js';
import { definePlugin } from '../../core/plugins/define-plugin.js';
import { defineSampler } from '../../core/plugins/define-sampler.js';
import { Roles } from '../../core/plugins/roles.js';

const config = z.strictObject({
  solver: z.enum(['midpoint', 'heun']).default('midpoint').describe('how the second order term is weighted'),
  finalOrder: z
    .union([z.literal(1), z.literal(2)])
    .default(2)
    .describe('order of the last step; 1 steadies runs of few steps'),
});

/**
 * DPM-Solver++(2M): a two-step exponential integrator in lambda for the estimate of x0 (Lu et al. 2022, "DPM-Solver++",
 * algorithm 2). Second order for one network call a step: the usual choice for 10-30 steps.
 */
export const dpmpp2m = definePlugin({
  role: Roles.sampler,
  name: 'dpmpp-2m',
  config,
  create: ({ config: { solver, finalOrder } }) =>
    defineSampler({
      order: 2,
      stochastic: false,
      init: (x) => ({ x, lastDenoised: undefined as Vector | undefined, lastLambda: -Infinity }),
      step({ x, lastDenoised, lastLambda }, { index, count, from, to, denoise, combine }) {
        const { denoised } = denoise(x, from);
        const h = to.lambda - from.lambda;
        const rate = h / (from.lambda - lastLambda);
        const weight = to.alpha * -Math.expm1(-h);
        const lowered = finalOrder === 1 && index === count - 1;
        const second = !lowered && lastDenoised !== undefined && Number.isFinite(rate) && rate > 0;
        const bend = second ? rate * (solver === 'midpoint' ? weight / 2 : to.alpha - weight / h) : 0;
        const next = combine(
          [to.sigma / from.sigma, x],
          [weight + bend, denoised],
          ...(lastDenoised !== undefined && bend !== 0 ? ([[-bend, lastDenoised]] as const) : []),
        );
        return { x: next, lastDenoised: denoised, lastLambda: from.lambda };
      },
    }),
});
