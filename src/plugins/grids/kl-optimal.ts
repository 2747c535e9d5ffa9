import { z } from 'zod';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { sigmaGrid, sigmaGridConfig } from './sigma-grid.js';

/**
 * Levels evenly spaced in arctan(sigma / alpha): the best spacing for data that are one Gaussian of unit variance
 * (Sabour et al. 2024, "Align Your Steps", section 3).
 * When: data of about unit variance, and no table of levels made for the network.
 */
export const klOptimal = definePlugin({
  role: Roles.grid,
  name: 'kl-optimal',
  summary: 'Levels evenly spaced in arctan(sigma / alpha).',
  reference: 'Sabour et al. 2024, "Align your steps", section 3',
  tags: { spacing: 'sigma', when: 'data are near one Gaussian of unit variance: the best spacing for that' },
  config: z.strictObject(sigmaGridConfig),
  create: ({ config }) =>
    sigmaGrid('kl-optimal', config, ({ low, high }, share) =>
      Math.tan((1 - share) * Math.atan(high) + share * Math.atan(low)),
    ),
});
