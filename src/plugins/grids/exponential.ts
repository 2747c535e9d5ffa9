import { z } from 'zod';
import { definePlugin } from '../../core/plugins/define-plugin.js';
import { Roles } from '../../core/plugins/roles.js';
import { geometric } from './geometric.js';
import { sigmaGrid, sigmaGridConfig } from './sigma-grid.js';

/** Levels evenly spaced in ln(sigma / alpha), k-diffusion's "exponential"; then the end. */
export const exponential = definePlugin({
  role: Roles.grid,
  name: 'exponential',
  config: z.strictObject(sigmaGridConfig),
  create: ({ config }) => sigmaGrid('exponential', config, geometric),
});
