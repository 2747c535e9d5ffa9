import type { Vector } from '../../core/contracts/vector.js';
import { definePlugin } from '../../core/plugins/define-plugin.js';
import { defineSampler } from '../../core/plugins/define-sampler.js';
import { Roles } from '../../core/plugins/roles.js';
import { twoStepBend, twoStepConfig } from './two-step.js';

/**
 * DPM-Solver++(2M): a two-step exponential integrator in lambda for the estimate of x0 (Lu et al. 2022, "DPM-Solver++",
 * algorithm 2). Second order for one network call a step: the usual choice for 10-30 steps.
 */
export const dpmpp2m = definePlugin({
  role: Roles.sampler,
  name: 'dpmpp-2m',
  config: twoStepConfig,
  create: ({ config }) =>
    defineSampler({
      order: 2,
      stochastic: false,
      needs: { towards: 'any' },
      init: (x) => ({ x, lastDenoised: undefined as Vector | undefined, lastLambda: -Infinity }),
      step({ x, lastDenoised, lastLambda }, ctx) {
        const { from, to, denoise, combine } = ctx;
        const { denoised } = denoise(x, from);
        const h = to.lambda - from.lambda;
        const first = to.alpha * -Math.expm1(-h);
        const bend = twoStepBend(config, ctx, { lastLambda, first, width: h });
        const next = combine(
          [to.sigma / from.sigma, x],
          [first + bend, denoised],
          ...(lastDenoised !== undefined && bend !== 0 ? ([[-bend, lastDenoised]] as const) : []),
        );
        return { x: next, lastDenoised: denoised, lastLambda: from.lambda };
      },
    }),
});
