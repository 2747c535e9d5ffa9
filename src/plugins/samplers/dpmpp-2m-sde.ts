import type { Vector } from '../../core/contracts/vector.js';
import { definePlugin } from '../../core/plugins/define-plugin.js';
import { defineSampler } from '../../core/plugins/define-sampler.js';
import { Roles } from '../../core/plugins/roles.js';
import { drawnNoise, sdeNoiseSettings } from './sde-noise.js';
import { sdeStep } from './sde-step.js';
import { twoStepBend, twoStepConfig } from './two-step.js';

/**
 * SDE-DPM-Solver++(2M): dpmpp-2m on the reverse SDE, with noise in every step (Lu et al. 2022, "DPM-Solver++",
 * appendix B, algorithm of SDE-DPM-Solver++; with `eta` as in k-diffusion). Livelier samples than dpmpp-2m from some 25
 * steps on.
 */
export const dpmpp2mSde = definePlugin({
  role: Roles.sampler,
  name: 'dpmpp-2m-sde',
  config: twoStepConfig.extend(sdeNoiseSettings),
  create: ({ config }) =>
    defineSampler({
      order: config.eta > 0 ? 1 : 2,
      stochastic: config.eta > 0,
      init: (x) => ({ x, lastDenoised: undefined as Vector | undefined, lastLambda: -Infinity }),
      step({ x, lastDenoised, lastLambda }, ctx) {
        const { from, denoise, combine } = ctx;
        const { denoised } = denoise(x, from);
        const { kept, first, width, std } = sdeStep(ctx, config.eta);
        const bend = twoStepBend(config, ctx, { lastLambda, first, width });
        const next = combine(
          [kept, x],
          [first + bend, denoised],
          ...(lastDenoised !== undefined && bend !== 0 ? ([[-bend, lastDenoised]] as const) : []),
          ...drawnNoise(ctx, { noise: config.noise, std: config.sNoise * std, rate: config.eta }),
        );
        return { x: next, lastDenoised: denoised, lastLambda: from.lambda };
      },
    }),
});
