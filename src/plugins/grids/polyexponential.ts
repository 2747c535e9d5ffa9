import { z } from 'zod';
import { positive } from '../../core/assembly/config-numbers.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { geometric } from './geometric.js';
import { sigmaGrid, sigmaGridConfig } from './sigma-grid.js';

const config = z.strictObject({
  rho: positive().default(1).describe('more than 1 places more levels at the clean end; 1 is `exponential`'),
  ...sigmaGridConfig,
});

/**
 * Levels whose ln(sigma / alpha) falls as a power of the fraction of the run: rho 1 is exponential, larger ones place
 * more levels at the clean end. Source: k-diffusion, "polyexponential".
 * When: a spacing between exponential and one that is denser at one end.
 */
export const polyexponential = definePlugin({
  role: Roles.grid,
  name: 'polyexponential',
  summary: 'Levels whose ln(sigma / alpha) follows a power of the share of the way.',
  reference: 'k-diffusion, "polyexponential"',
  tags: { spacing: 'lambda', when: 'levels between exponential and a grid that is denser at one end' },
  config,
  create: ({ config: { rho, ...options } }) =>
    sigmaGrid('polyexponential', options, (ends, share) => geometric(ends, 1 - (1 - share) ** rho)),
});
