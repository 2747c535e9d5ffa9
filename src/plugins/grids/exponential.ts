import { z } from 'zod';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { geometric } from './geometric.js';
import { sigmaGrid, sigmaGridConfig } from './sigma-grid.js';

/**
 * Levels evenly spaced in ln(sigma / alpha), which is even in lambda; then the end.
 * Source: k-diffusion, "exponential".
 * When: exponential integrators, whose steps then have one size.
 */
export const exponential = definePlugin({
  role: Roles.grid,
  name: 'exponential',
  summary: 'Levels evenly spaced in ln(sigma / alpha), then the end.',
  reference: 'k-diffusion, "exponential"',
  tags: { spacing: 'lambda', when: 'exponential integrators, whose steps are then even in lambda' },
  config: z.strictObject(sigmaGridConfig),
  create: ({ config }) => sigmaGrid('exponential', config, geometric),
});
