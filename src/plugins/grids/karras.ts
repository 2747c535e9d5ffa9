import { z } from 'zod';
import { positive } from '../../core/plugins/config-numbers.js';
import { definePlugin } from '../../core/plugins/define-plugin.js';
import { Roles } from '../../core/plugins/roles.js';
import { sigmaGrid, sigmaGridConfig } from './sigma-grid.js';

const config = z.strictObject({
  rho: positive().default(7).describe('7 crowds the levels at the clean end, 1 spaces sigma evenly'),
  ...sigmaGridConfig,
});

/** Levels evenly spaced in (sigma / alpha)^(1 / rho) (Karras et al. 2022, equation 5), then the end. */
export const karras = definePlugin({
  role: Roles.grid,
  name: 'karras',
  config,
  create: ({ config: { rho, ...options } }) =>
    sigmaGrid('karras', options, ({ low, high }, share) => {
      const [from, to] = [high ** (1 / rho), low ** (1 / rho)];
      return (from + share * (to - from)) ** rho;
    }),
});
