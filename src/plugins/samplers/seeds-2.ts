import { z } from 'zod';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { sdeNoiseSettings } from './sde-noise.js';
import { stageShare } from './stage-share.js';
import { twoStage } from './two-stage.js';

const config = z.strictObject({
  ...sdeNoiseSettings,
  r: stageShare.default(0.5),
  solver: z
    .enum(['midpoint', 'exact'])
    .default('midpoint')
    .describe('how the slope is weighed: midpoint (ComfyUI’s phi_1), or integrated exactly (phi_2)'),
});

/**
 * SEEDS-2: an exponential Runge-Kutta method with two stages on the reverse SDE, whose noise in the middle of a step is
 * part of that at its end (Gonzalez et al. 2023, "SEEDS", algorithm 2 for the estimate of x0; ComfyUI, seeds_2). Two
 * network calls a step, one from pure noise or to the clean level; with eta 0 an ODE solver of second order.
 * When: detailed samples in 10 to 20 steps, as with dpmpp-sde.
 */
export const seeds2 = definePlugin({
  role: Roles.sampler,
  name: 'seeds-2',
  summary: 'SEEDS-2: an exponential Runge-Kutta method with two stages on the reverse SDE.',
  reference:
    'Gonzalez et al. 2023, "SEEDS: Exponential SDE Solvers for Fast High-Quality Sampling", algorithm 2; ComfyUI, seeds_2',
  tags: { path: 'any', order: 1, stochastic: true, calls: 2, when: 'detailed samples in 10 to 20 steps' },
  config,
  create: ({ config: { solver, ...rest } }) => twoStage({ ...rest, rule: solver }),
});
