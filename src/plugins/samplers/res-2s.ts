import { z } from 'zod';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { sdeNoiseSettings } from './sde-noise.js';
import { stageShare } from './stage-share.js';
import { twoStage } from './two-stage.js';

const config = z.strictObject({
  ...sdeNoiseSettings,
  eta: sdeNoiseSettings.eta.default(0),
  c2: stageShare.default(0.5),
});

/**
 * Refined exponential solver with two stages: an estimate inside of the step corrects that at its start, with the
 * weights that meet the order conditions of stiff problems (Zhang et al. 2023, "Improved Order Analysis and Design of
 * Exponential Integrator for Diffusion Models Sampling", section 4.1; RES4LYF, res_2s). Two network calls a step. Noise
 * by eta is that of the reverse SDE, not that of RES4LYF.
 * When: precise sampling in 10 steps and more; res-multistep costs half as much a step.
 */
export const res2s = definePlugin({
  role: Roles.sampler,
  name: 'res-2s',
  summary: 'Refined exponential solver with two stages, with weights that meet the order conditions of stiff problems.',
  reference:
    'Zhang et al. 2023, "Improved Order Analysis and Design of Exponential Integrator for Diffusion Models Sampling", section 4.1; RES4LYF, res_2s',
  tags: { path: 'any', order: 2, stochastic: false, calls: 2, when: 'precise sampling in 10 steps and more' },
  config,
  create: ({ config: { c2, ...draws } }) => twoStage({ ...draws, r: c2, rule: 'exact' }),
});
