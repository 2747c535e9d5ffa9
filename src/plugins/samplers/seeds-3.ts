import { z } from 'zod';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { defineSampler } from '../../core/assembly/define-sampler.js';
import { Roles } from '../../core/assembly/roles.js';
import { exponentialTerms } from './exponential-integrator.js';
import { sdeNoiseSettings } from './sde-noise.js';
import { sdeStep } from './sde-step.js';
import { stagedNoise } from './staged-noise.js';
import { hasStages, levelInside } from './two-stage.js';

const share = z.number().min(1e-3).max(1);
const config = z
  .strictObject({
    ...sdeNoiseSettings,
    r1: share.default(1 / 3).describe('where the second call is made, as a share of the step in lambda'),
    r2: share.default(2 / 3).describe('where the third call is made, after the second'),
  })
  .refine(({ r1, r2 }) => r1 < r2, { error: 'expected r1 below r2' });

/**
 * SEEDS-3: an exponential Runge-Kutta method with three stages on the reverse SDE, whose noise at each stage is part of
 * that at the next (Gonzalez et al. 2023, "SEEDS", algorithm 3 for the estimate of x0; ComfyUI, seeds_3). Three network
 * calls a step, one from pure noise or to the clean level; with eta 0 an ODE solver of third order.
 * When: detailed samples in about 10 steps; with eta 0, exact ones from 20 steps on.
 */
export const seeds3 = definePlugin({
  role: Roles.sampler,
  name: 'seeds-3',
  summary: 'SEEDS-3: an exponential Runge-Kutta method with three stages on the reverse SDE.',
  reference:
    'Gonzalez et al. 2023, "SEEDS: Exponential SDE Solvers for Fast High-Quality Sampling", algorithm 3; ComfyUI, seeds_3',
  tags: { path: 'any', order: 1, stochastic: true, calls: 3, when: 'detailed samples in about 10 steps' },
  config,
  create: ({ config: { r1, r2, ...draws } }) =>
    defineSampler({
      order: draws.eta > 0 ? 1 : 3,
      stochastic: draws.eta > 0 && draws.noiseScale > 0,
      calls: (step) => (hasStages(step) ? 3 : 1),
      init: (x) => ({ x }),
      step({ x }, ctx) {
        const { from, to, denoise, combine } = ctx;
        const first = [from.lambda, denoise(x, from).denoised] as const;
        const whole = sdeStep('denoised', ctx, draws.eta);
        if (!hasStages(ctx)) {
          const [drawn = []] = stagedNoise(ctx, [to], draws);
          return { x: combine(...exponentialTerms(whole, x, [first]), ...drawn) };
        }
        const [second, third] = [levelInside(ctx, r1), levelInside(ctx, r2)];
        const [noise1 = [], noise2 = [], noise3 = []] = stagedNoise(ctx, [second, third, to], draws);
        const toSecond = sdeStep('denoised', { from, to: second }, draws.eta);
        const there = denoise(combine(...exponentialTerms(toSecond, x, [first]), ...noise1), second).denoised;
        const toThird = sdeStep('denoised', { from, to: third }, draws.eta);
        const middle = combine(...exponentialTerms(toThird, x, [first, [second.lambda, there]]), ...noise2);
        const beyond = denoise(middle, third).denoised;
        return { x: combine(...exponentialTerms(whole, x, [first, [third.lambda, beyond]]), ...noise3) };
      },
    }),
});
