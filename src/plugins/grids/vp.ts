import { z } from 'zod';
import { positive } from '../../core/assembly/config-numbers.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { finalConfig } from './final-level.js';
import { roundingConfig } from './rounding.js';
import { sigmaGrid } from './sigma-grid.js';

const config = z.strictObject({
  betaSlope: positive().default(19.9).describe('beta_d: growth of beta over time'),
  betaMin: positive().default(0.1).describe('beta at time 0'),
  epsilon: z.number().gt(0).lt(1).default(1e-3).describe('time of the cleanest level before the end'),
  rounding: roundingConfig,
  final: finalConfig,
});

/**
 * Even times of the continuous variance-preserving SDE, whatever the schedule: `sigma / alpha = sqrt(exp(betaSlope t² /
 * 2 + betaMin t) - 1)` (Karras et al. 2022, table 1; k-diffusion, "vp").
 * When: networks that were trained on score SDEs.
 */
export const vp = definePlugin({
  role: Roles.grid,
  name: 'vp',
  summary: 'Even times of the continuous variance-preserving SDE, whatever the schedule.',
  reference: 'Karras et al. 2022, table 1; k-diffusion, "vp"',
  tags: { spacing: 'time of the SDE', when: 'networks of score SDEs' },
  config,
  create: ({ config: { betaSlope, betaMin, epsilon, ...options } }) => {
    const sigma = (t: number): number => Math.sqrt(Math.expm1((betaSlope * t ** 2) / 2 + betaMin * t));
    const range = { sigmaMin: sigma(epsilon), sigmaMax: sigma(1) };
    const fixed = {
      ...options,
      ...range,
      coordinate: 'sigma/alpha',
      ends: 'schedule',
      offset: 0,
      told: 'own',
    } as const;
    return sigmaGrid('vp', fixed, (_, share) => sigma(1 + share * (epsilon - 1)));
  },
});
