import { z } from 'zod';
import { nonNegative } from '../../core/assembly/config-numbers.js';
import { level as levelOf } from '../../core/math/levels.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { defineSampler } from '../../core/assembly/define-sampler.js';
import { Roles } from '../../core/assembly/roles.js';
import { ancestralNoise } from './ancestral-noise.js';
import { guidanceTerms, unguidedOf } from './decoupled.js';
import { exponentialStep, exponentialTerms } from './exponential-integrator.js';

const config = z.strictObject({
  eta: z.number().min(0).max(1).default(1).describe('share of fresh noise: 0 is DPM-Solver++(2S), 1 fully ancestral'),
  noiseScale: nonNegative().default(1).describe('factor of the fresh noise'),
});

/**
 * DPM-Solver++(2S) to a level with less noise than the next one, then fresh noise up to it (Lu et al. 2022,
 * "DPM-Solver++", algorithm 1 with r = 1/2; k-diffusion, "DPM++ 2S a"). Two network calls a step, one in a step from
 * pure noise or to the clean level; with eta 0 it is an ODE solver of second order.
 * When: varied, detailed samples in 15 to 30 steps.
 */
export const dpmpp2sAncestral = definePlugin({
  role: Roles.sampler,
  name: 'dpmpp-2s-ancestral',
  summary: 'DPM-Solver++(2S) down to less noise than the next level has, then fresh noise up to it.',
  reference: 'Lu et al. 2022, "DPM-Solver++", algorithm 1 with r = 1/2; k-diffusion, "DPM++ 2S a"',
  tags: { path: 'any', order: 1, stochastic: true, calls: 2, when: 'varied, detailed samples in 15 to 30 steps' },
  config,
  create: ({ config: { eta, noiseScale } }) =>
    defineSampler({
      order: eta > 0 ? 1 : 2,
      stochastic: eta > 0,
      calls: ({ from, to }) => (to.sigma === 0 || from.alpha === 0 ? 1 : 2),
      init: (x) => ({ x }),
      step({ x }, { from, to, denoise, noise, combine, level }) {
        const reading = denoise(x, from);
        const start = unguidedOf(reading);
        const { kept, fresh } = ancestralNoise(from, to, eta);
        const added = [...(fresh > 0 ? ([[fresh * noiseScale, noise()]] as const) : []), ...guidanceTerms(to, reading)];
        const down = levelOf(to.t, to.alpha, kept);
        const whole = exponentialStep('denoised', from, down);
        if (kept === 0 || from.alpha === 0)
          return { x: combine(...exponentialTerms(whole, x, [[from.lambda, start]]), ...added) };
        const middle = level({ lambda: (from.lambda + down.lambda) / 2 });
        const halfway = exponentialTerms(exponentialStep('denoised', from, middle), x, [[from.lambda, start]]);
        const there = unguidedOf(denoise(combine(...halfway), middle));
        return { x: combine(...exponentialTerms(whole, x, [[middle.lambda, there]]), ...added) };
      },
    }),
});
