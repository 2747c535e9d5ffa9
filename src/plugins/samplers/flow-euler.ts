import { z } from 'zod';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { defineSampler } from '../../core/assembly/define-sampler.js';
import { Roles } from '../../core/assembly/roles.js';
import { flowEulerTerms } from './flow-coordinate.js';

/**
 * Euler's method on the velocity `noise - x0` of flow matching (Lipman et al. 2023; Esser et al. 2024, "SD3"). The same
 * map as ddim, written as flow models write it; on other paths in their flow coordinate.
 * When: straightened or distilled flows, in few steps; elsewhere flow-heun and the multistep methods need fewer calls
 * for the same error.
 */
export const flowEuler = definePlugin({
  role: Roles.sampler,
  name: 'flow-euler',
  summary: "Euler's method on the velocity noise - x0 of flow matching.",
  reference: 'Lipman et al. 2023; Esser et al. 2024, "SD3"',
  tags: { path: 'any', order: 1, stochastic: false, calls: 1, when: 'straightened or distilled flows, in few steps' },
  config: z.strictObject({}),
  create: () =>
    defineSampler({
      order: 1,
      stochastic: false,
      init: (x) => ({ x }),
      step: ({ x }, { from, to, denoise, combine }) => ({
        x: combine(...flowEulerTerms(from, to, x, denoise(x, from))),
      }),
    }),
});
