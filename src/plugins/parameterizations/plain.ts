import { z } from 'zod';
import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import { PREDICTIONS, type Prediction } from '../../core/math/predictions.js';
import { definePlugin } from '../../core/plugins/define-plugin.js';
import { Roles } from '../../core/plugins/roles.js';

const config = z.strictObject({
  time: z
    .enum(['t', 'sigma', 'log-sigma'])
    .default('t')
    .describe('what the network is told as time: the schedule’s t, sigma (flow networks), or ln(sigma / alpha) / 4'),
  timeScale: z.number().default(1).describe('factor of that time (1000 for flow networks trained on indices)'),
});

const TIMES: Readonly<Record<'t' | 'sigma' | 'log-sigma', (level: NoiseLevel) => number>> = {
  t: ({ t }) => t,
  sigma: ({ sigma }) => sigma,
  'log-sigma': ({ lambda }) => -lambda / 4,
};

function plain(name: Prediction) {
  return definePlugin({
    role: Roles.parameterization,
    name,
    config,
    create: ({ config: { time, timeScale } }) => ({
      at: (level) => ({
        inputScale: 1,
        time: timeScale * TIMES[time](level),
        ...PREDICTIONS[name](level),
      }),
    }),
  });
}

/** The network predicts the noise (Ho et al. 2020). */
export const epsilon = plain('epsilon');
/** The network predicts `alpha * noise - sigma * x0` (Salimans & Ho 2022). Well behaved at both ends of the path. */
export const v = plain('v');
/** The network predicts the clean sample. */
export const x0 = plain('x0');
/** The network predicts the velocity `noise - x0` (Lipman et al. 2023). */
export const flow = plain('flow');
/** The network predicts the score `-noise / sigma` (Song et al. 2021). */
export const score = plain('score');
