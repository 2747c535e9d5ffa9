import { z } from 'zod';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { geometric } from './geometric.js';
import { sigmaGrid, sigmaGridConfig } from './sigma-grid.js';

/**
 * Levels evenly spaced in lambda, the half log-SNR (Lu et al. 2022, "DPM-Solver", section 3.4; `use_lu_lambdas` of
 * diffusers). The same levels as `exponential`, under the name that papers of these solvers use.
 * When: DPM-Solver and related solvers.
 */
export const luLambda = definePlugin({
  role: Roles.grid,
  name: 'lu-lambda',
  summary: 'Levels evenly spaced in lambda, the half log-SNR: those of exponential under the name of the paper.',
  reference: 'Lu et al. 2022, "DPM-Solver", section 3.4; use_lu_lambdas of diffusers',
  tags: { spacing: 'lambda', when: 'DPM-Solver and related solvers' },
  config: z.strictObject(sigmaGridConfig),
  create: ({ config }) => sigmaGrid('lu-lambda', config, geometric),
});
