import { z } from 'zod';
import { positive } from '../../core/assembly/config-numbers.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { sigmaGrid, sigmaGridConfig } from './sigma-grid.js';

const config = z.strictObject({
  rho: positive().default(7).describe('7 places most levels at the clean end, 1 spaces sigma evenly'),
  ...sigmaGridConfig,
});

/**
 * Levels evenly spaced in (sigma / alpha)^(1 / rho), then the end (Karras et al. 2022, equation 5). The larger rho, the
 * more levels lie at the clean end.
 * When: the usual choice for solvers of k-diffusion and EDM.
 */
export const karras = definePlugin({
  role: Roles.grid,
  name: 'karras',
  summary: 'Levels evenly spaced in (sigma / alpha)^(1 / rho), then the end.',
  reference: 'Karras et al. 2022, equation 5',
  tags: {
    spacing: 'sigma',
    when: 'the usual choice for solvers of k-diffusion and EDM: most levels lie at the clean end',
  },
  config,
  create: ({ config: { rho, ...options } }) =>
    sigmaGrid('karras', options, ({ low, high }, share) => {
      const [from, to] = [high ** (1 / rho), low ** (1 / rho)];
      return (from + share * (to - from)) ** rho;
    }),
});
