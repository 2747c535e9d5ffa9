import { z } from 'zod';
import { positive } from '../../core/assembly/config-numbers.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';

const config = z.strictObject({
  sigmaData: positive().default(0.5).describe('standard deviation of the data'),
  time: z
    .enum(['log-sigma', 'arctan'])
    .default('log-sigma')
    .describe('the time that the network gets: ln(s) / 4, or 2 atan(s) / pi (Stable Audio)'),
  negated: z.boolean().default(false).describe('the network predicts the negative, as the v of cosine schedules'),
});

/**
 * Preconditioning that keeps the network's input and target at unit variance (Karras et al. 2022, table 1): c_in,
 * c_skip, c_out of s = sigma / alpha. On paths other than VE it works in x / alpha. When: new networks on the path of
 * edm, and networks of EDM.
 */
export const edm = definePlugin({
  role: Roles.parameterization,
  name: 'edm',
  summary:
    "Preconditioning that keeps the network's input and target at unit variance: c_in, c_skip, c_out of sigma / alpha.",
  reference: 'Karras et al. 2022, table 1',
  tags: { output: 'preconditioned', when: 'new networks on the path of edm, and networks of EDM' },
  config,
  create: ({ config: { sigmaData, time, negated } }) => ({
    at({ alpha, sigma }) {
      const s = sigma / alpha;
      const square = s ** 2 + sigmaData ** 2;
      const [skip, out] = [sigmaData ** 2 / square, ((negated ? -s : s) * sigmaData) / Math.sqrt(square)];
      return {
        inputScale: 1 / (alpha * Math.sqrt(square)),
        time: time === 'arctan' ? (2 * Math.atan(s)) / Math.PI : Math.log(s) / 4,
        denoised: { x: skip / alpha, output: out },
        noise: { x: (1 - skip) / sigma, output: (-alpha * out) / sigma },
      };
    },
  }),
});
