import { z } from 'zod';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { sdeNoiseSettings } from './sde-noise.js';
import { twoStage } from './two-stage.js';

const config = z.strictObject({
  ...sdeNoiseSettings,
  eta: sdeNoiseSettings.eta.default(0),
  solver: z
    .enum(['exact', 'midpoint'])
    .default('exact')
    .describe('how the slope is weighed: integrated exactly (ComfyUI’s phi_2), or midpoint (phi_1)'),
});

/**
 * Heun's method as an exponential integrator in lambda: the estimate of x0 is linear between both ends of a step
 * (Hochbruck & Ostermann 2010, "Exponential integrators", section 2.3, with c2 = 1; ComfyUI, exp_heun_2_x0, and
 * exp_heun_2_x0_sde with eta 1). Two network calls a step, one from pure noise or to the clean level.
 * When: precise sampling in 10 steps and more, on grids where heun's steps in sigma / alpha are too long.
 */
export const expHeun2X0 = definePlugin({
  role: Roles.sampler,
  name: 'exp-heun-2-x0',
  summary: "Heun's method as an exponential integrator in lambda, for the estimate of x0.",
  reference: 'Hochbruck & Ostermann 2010, "Exponential integrators", section 2.3; ComfyUI, exp_heun_2_x0',
  tags: {
    path: 'any',
    order: 2,
    stochastic: false,
    calls: 2,
    when: 'precise sampling in 10 steps and more, where heun’s steps in sigma / alpha are too long',
  },
  config,
  create: ({ config: { solver, ...draws } }) => twoStage({ ...draws, r: 1, rule: solver }),
});
