import { z } from 'zod';
import { nonNegative, whole } from '../../core/assembly/config-numbers.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { defineSampler } from '../../core/assembly/define-sampler.js';
import { Roles } from '../../core/assembly/roles.js';
import { extendedStep } from './extended-step.js';
import { recalled, remembered } from './past-estimates.js';

const config = z.strictObject({
  stages: whole(3).default(3).describe('levels that a step looks at: this one and those before'),
  noiseScale: nonNegative().default(1).describe('factor of the fresh noise'),
});

/**
 * Extended reverse-time SDE, solved over `s = sigma / alpha`: how much of the noise is kept and how much is fresh follows
 * a function of s, and estimates at up to three levels are a polynomial in s (Cui et al. 2023, "Elucidating the Solution
 * Space of Extended Reverse-Time SDE for Diffusion Models", algorithms 1 to 3 with the function ER-SDE 5; ComfyUI,
 * er_sde). One network call a step. When: varied samples in 20 steps, with less noise than ancestral samplers draw.
 */
export const erSde = definePlugin({
  role: Roles.sampler,
  name: 'er-sde',
  summary: 'Extended reverse-time SDE: fresh noise by a function of sigma / alpha, estimates as a polynomial in it.',
  reference:
    'Cui et al. 2023, "Elucidating the Solution Space of Extended Reverse-Time SDE for Diffusion Models", algorithms 1 to 3; ComfyUI, er_sde',
  tags: { path: 'any', order: 1, stochastic: true, calls: 1, when: 'varied samples in about 20 steps' },
  config,
  create: ({ config: { stages, noiseScale } }) =>
    defineSampler({
      order: 1,
      stochastic: noiseScale > 0,
      init: (x) => ({ x, ...remembered([]) }),
      step(state, { from, to, denoise, noise, combine }) {
        const { denoised, noise: estimated } = denoise(state.x, from);
        if (from.alpha === 0 || to.sigma === 0)
          return { x: combine([to.alpha, denoised], [to.sigma, estimated]), ...remembered([]) };
        const places = [from.sigma / from.alpha, to.sigma / to.alpha] as const;
        const earlier = recalled(state).filter(([place]) => place > places[0]);
        const known = [[places[0], denoised] as const, ...earlier].slice(0, stages);
        const { kept, weights, fresh } = extendedStep(
          places,
          known.map(([place]) => place),
        );
        const drawn = fresh * noiseScale > 0 ? ([[to.alpha * fresh * noiseScale, noise()]] as const) : [];
        const x = combine(
          [(to.alpha / from.alpha) * kept, state.x],
          ...known.map(([, estimate], i) => [to.alpha * (weights[i] ?? 0), estimate] as const),
          ...drawn,
        );
        return { x, ...remembered(known.slice(0, 2)) };
      },
    }),
});
