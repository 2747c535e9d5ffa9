import { z } from 'zod';
import { nonNegative, positive, real } from '../../core/assembly/config-numbers.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';

const config = z.strictObject({
  sigmaData: positive().default(0.5).describe('standard deviation of the data'),
  sigmaMin: nonNegative().default(0.002).describe('sigma / alpha at which the network gives its input back'),
  timeScale: real().default(1000).describe('factor of the time ln(sigma / alpha) / 4'),
});

/**
 * Preconditioning of consistency models (Song et al. 2023, equation 5 and appendix C): that of edm, shifted so that at
 * `sigmaMin` the clean sample is x itself, whatever the network's output. On paths other than VE it is applied to x /
 * alpha.
 * When: consistency models.
 */
export const consistency = definePlugin({
  role: Roles.parameterization,
  name: 'consistency',
  summary: 'The preconditioning of edm, shifted so that at sigmaMin the clean sample is x itself.',
  reference: 'Song et al. 2023, "Consistency Models", equation 5 and appendix C',
  tags: { output: 'consistency', when: 'consistency models' },
  config,
  create: ({ config: { sigmaData, sigmaMin, timeScale } }) => ({
    at({ alpha, sigma }) {
      const s = sigma / alpha;
      const root = Math.hypot(s, sigmaData);
      const skip = sigmaData ** 2 / ((s - sigmaMin) ** 2 + sigmaData ** 2);
      const out = ((s - sigmaMin) * sigmaData) / root;
      return {
        inputScale: 1 / (alpha * root),
        time: (timeScale * Math.log(s)) / 4,
        denoised: { x: skip / alpha, output: out },
        noise: { x: (1 - skip) / sigma, output: (-alpha * out) / sigma },
      };
    },
  }),
});
