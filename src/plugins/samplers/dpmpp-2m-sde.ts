import type { Vector } from '../../core/contracts/vector.js';
import { definePlugin } from '../../core/plugins/define-plugin.js';
import { defineSampler } from '../../core/plugins/define-sampler.js';
import { Roles } from '../../core/plugins/roles.js';
import { twoStepBend, twoStepConfig } from './two-step.js';

/**
 * SDE-DPM-Solver++(2M): dpmpp-2m on the reverse SDE, with fresh noise in every step (Lu et al. 2022, "DPM-Solver++",
 * appendix B, algorithm of SDE-DPM-Solver++). Livelier samples than dpmpp-2m from some 25 steps on.
 */
export const dpmpp2mSde = definePlugin({
  role: Roles.sampler,
  name: 'dpmpp-2m-sde',
  config: twoStepConfig,
  create: ({ config }) =>
    defineSampler({
      order: 1,
      stochastic: true,
      init: (x) => ({ x, lastDenoised: undefined as Vector | undefined, lastLambda: -Infinity }),
      step({ x, lastDenoised, lastLambda }, ctx) {
        const { from, to, denoise, noise, combine } = ctx;
        const { denoised } = denoise(x, from);
        const h = to.lambda - from.lambda;
        const decay = -Math.expm1(-2 * h);
        const first = to.alpha * decay;
        const bend = twoStepBend(config, ctx, { lastLambda, first, width: 2 * h });
        const drawn = to.sigma > 0 ? ([[to.sigma * Math.sqrt(decay), noise()]] as const) : [];
        const next = combine(
          [(to.sigma / from.sigma) * Math.exp(-h), x],
          [first + bend, denoised],
          ...(lastDenoised !== undefined && bend !== 0 ? ([[-bend, lastDenoised]] as const) : []),
          ...drawn,
        );
        return { x: next, lastDenoised: denoised, lastLambda: from.lambda };
      },
    }),
});
