import { z } from 'zod';
import { nonNegative } from '../../core/assembly/config-numbers.js';
import type { Vector } from '../../core/contracts/vector.js';
import { level as levelOf } from '../../core/math/levels.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { defineSampler } from '../../core/assembly/define-sampler.js';
import { Roles } from '../../core/assembly/roles.js';
import { ancestralNoise } from './ancestral-noise.js';
import { spokenSample, unguidedOf } from './decoupled.js';
import { exponentialStep, exponentialTerms } from './exponential-integrator.js';

const config = z.strictObject({
  eta: z.number().min(0).max(1).default(0).describe('share of fresh noise: 0 draws none, 1 is fully ancestral'),
  noiseScale: nonNegative().default(1).describe('factor of the fresh noise'),
});

/**
 * Refined exponential solver, multistep: the estimate of x0 is linear in lambda through this level and the one before,
 * with the weights that meet the order conditions of stiff problems, `phi_1 - phi_2 / c2` and `phi_2 / c2` (Zhang et
 * al. 2023, "Improved Order Analysis and Design of Exponential Integrator for Diffusion Models Sampling"; ComfyUI,
 * res_multistep, and res_multistep_ancestral with eta 1). One network call a step, second order; on the ODE the same
 * map as dpmpp-2m with `solver: heun`.
 * When: few steps, or its ancestral variant.
 */
export const resMultistep = definePlugin({
  role: Roles.sampler,
  name: 'res-multistep',
  summary:
    'Refined exponential solver: x0 is linear in lambda, with weights that meet the order conditions of stiff problems.',
  reference:
    'Zhang et al. 2023, "Improved Order Analysis and Design of Exponential Integrator for Diffusion Models Sampling"; ComfyUI, res_multistep',
  tags: { path: 'any', order: 2, stochastic: false, calls: 1, when: 'few steps, or its ancestral variant by eta 1' },
  config,
  create: ({ config: { eta, noiseScale } }) =>
    defineSampler({
      order: eta > 0 ? 1 : 2,
      stochastic: eta > 0,
      init: (x) => ({ x, lastDenoised: undefined as Vector | undefined, lastReach: Number.NaN }),
      step({ x, lastDenoised, lastReach }, { from, to, denoise, noise, combine }) {
        const reading = denoise(x, from);
        const unguided = unguidedOf(reading);
        const { kept, fresh } = ancestralNoise(from, to, eta);
        const drawn = fresh > 0 ? ([[fresh * noiseScale, noise()]] as const) : [];
        const step = exponentialStep('denoised', from, levelOf(to.t, to.alpha, kept));
        const reaches = lastDenoised !== undefined && lastReach !== 0 && Number.isFinite(lastReach + step.h);
        const known = reaches
          ? [[from.lambda, unguided] as const, [from.lambda - lastReach, lastDenoised] as const]
          : [[from.lambda, reading.denoised] as const];
        const terms = exponentialTerms(step, spokenSample({ combine }, x, from, reading), known);
        return { x: combine(...terms, ...drawn), lastDenoised: unguided, lastReach: step.h };
      },
    }),
});
