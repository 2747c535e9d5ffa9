import { describe, expect, it } from 'vitest';
import { Roles, type Settings } from 'rxdiffusion';
import { exactDenoise, keyedNoise, mixtureDistance, solve, strongErrors } from 'rxdiffusion/testing';
import { vpLevel } from '../../../src/core/math/levels.js';
import { normals } from '../../../src/core/random/draws.js';
import { made } from '../plugins-of.js';

const SAMPLES = 1000;
const start = normals({ seed: 3, purpose: 'start', step: 0 }, SAMPLES);
const schedule = { at: (t: number) => vpLevel(t, 4 - t / 125), levelAt: (lambda: number) => vpLevel(0, lambda) };

/** Wasserstein distance of samples from the exact mixture. */
async function distanceOf(name: string, config: Settings, steps: number): Promise<number> {
  const noisy = Array.from({ length: steps }, (_, i) => vpLevel(1000 - (1000 * i) / steps, -4 + (8 * i) / steps));
  const levels = [...noisy, { t: 0, alpha: 1, sigma: 0, lambda: Infinity }];
  const sampler = await made(Roles.sampler, name, config);
  return mixtureDistance(
    solve({ sampler, levels, schedule, x: start, denoise: exactDenoise, ...keyedNoise([3], SAMPLES) }),
  );
}

const everywhere = { tauTimes: [0, 1e9] };

describe('stochastic samplers reach the exact distribution', () => {
  it.each([
    ['dpmpp-sde', {}, 30],
    ['dpmpp-2m-sde', {}, 40],
    ['dpmpp-2m-sde', { eta: 0.4, noise: 'independent', solver: 'heun' }, 40],
    ['dpmpp-3m-sde', {}, 40],
    ['sde-dpm-solver', {}, 60],
    ['sa-solver', {}, 40],
    ['sa-solver', { ...everywhere, tau: 1.4, predictorOrder: 3, correctorOrder: 4 }, 40],
    ['sa-solver', { ...everywhere, form: 'noise' }, 60],
    ['edm', {}, 40],
    ['euler', { sChurn: 20 }, 250],
    ['dpm2', { sChurn: 20 }, 40],
    ['predictor-corrector', {}, 100],
    ['predictor-corrector', { predictor: 'vp', corrections: 2 }, 100],
    ['restart', {}, 40],
    ['repaint', { jumpLength: 5, jumpCount: 3 }, 60],
    ['ddim', { eta: 1 }, 100],
    ['euler-ancestral', {}, 100],
    ['dpm2-ancestral', {}, 100],
    ['dpmpp-2s-ancestral', {}, 60],
  ])('%s %o in %i steps', async (name, config, steps) => {
    expect(await distanceOf(name, config, steps)).toBeLessThan(0.07);
  });

  it('and the switches that repeat mistakes of diffusers do not', async () => {
    expect(await distanceOf('euler', { sChurn: 40, lateChurn: 'v' }, 100)).toBeGreaterThan(0.1);
    expect(await distanceOf('dpmpp-3m-sde', { sdeThirdOrderSign: 'flipped' }, 40)).toBeGreaterThan(0.1);
  });
});

describe('SDE solvers converge on one Brownian path', () => {
  const orderOf = async (name: string, config: Settings, clock?: number): Promise<number> => {
    const sampler = await made(Roles.sampler, name, config);
    const [coarse = 0, fine = 0] = strongErrors(sampler, [20, 80], clock === undefined ? {} : { clock });
    return Math.log(coarse / fine) / Math.log(4);
  };

  it.each([
    ['dpmpp-sde', {}],
    ['dpmpp-2m-sde', {}],
    ['dpmpp-2m-sde', { solver: 'heun' }],
    ['dpmpp-3m-sde', {}],
    ['sa-solver', everywhere],
  ])('%s %o with strong order 1', async (name, config) => {
    const order = await orderOf(name, config);
    expect(order).toBeGreaterThan(0.85);
    expect(order).toBeLessThan(1.6);
  });

  it.each([1, 2])('sde-dpm-solver of order %i with strong order 1, in the clock of the noise form', async (order) => {
    expect(await orderOf('sde-dpm-solver', { order }, -1)).toBeGreaterThan(0.85);
  });

  it('and not with independent noise', async () => {
    expect(await orderOf('dpmpp-2m-sde', { noise: 'independent' })).toBeLessThan(0.2);
  });
});
