import { z } from 'zod';
import { nonNegative } from '../../core/assembly/config-numbers.js';
import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { defineSampler } from '../../core/assembly/define-sampler.js';
import { Roles } from '../../core/assembly/roles.js';
import { ancestralNoise } from './ancestral-noise.js';

const config = z.strictObject({
  eta: nonNegative().default(1).describe('share of fresh noise: 0 is dpm2, 1 fully ancestral'),
  noiseScale: nonNegative().default(1).describe('factor of the fresh noise ("s_noise")'),
});

/**
 * dpm2 to a level with less noise than the next one, then fresh noise up to it (k-diffusion, "DPM2 a"). Two network
 * calls a step; one in a step from pure noise, or to a level without noise.
 * When: varied, detailed samples; euler-ancestral costs half as much a step.
 */
export const dpm2Ancestral = definePlugin({
  role: Roles.sampler,
  name: 'dpm2-ancestral',
  summary: 'dpm2 down to less noise than the next level has, then fresh noise up to it.',
  reference: 'k-diffusion, "DPM2 a"',
  tags: {
    path: 'any',
    order: 1,
    stochastic: true,
    calls: 2,
    when: 'varied, detailed samples; euler-ancestral costs half as much a step',
  },
  config,
  create: ({ config: { eta, noiseScale } }) => {
    const isHalved = (from: NoiseLevel, kept: number): boolean => from.alpha > 0 && kept > 0;
    return defineSampler({
      order: eta > 0 ? 1 : 2,
      stochastic: eta > 0,
      calls: ({ from, to }) => (isHalved(from, ancestralNoise(from, to, eta).kept) ? 2 : 1),
      init: (x) => ({ x }),
      step({ x }, { from, to, denoise, noise, combine, level }) {
        const first = denoise(x, from);
        const { kept, fresh } = ancestralNoise(from, to, eta);
        const drawn = fresh > 0 ? ([[noiseScale * fresh, noise()]] as const) : [];
        if (!isHalved(from, kept)) return { x: combine([to.alpha, first.denoised], [kept, first.noise], ...drawn) };
        const middle = level({ lambda: (from.lambda + Math.log(to.alpha / kept)) / 2 });
        const halfway = combine([middle.alpha, first.denoised], [middle.sigma, first.noise]);
        const ratio = to.alpha / from.alpha;
        return {
          x: combine([ratio, x], [kept - ratio * from.sigma, denoise(halfway, middle).noise], ...drawn),
        };
      },
    });
  },
});
