import { z } from 'zod';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { defineSampler } from '../../core/assembly/define-sampler.js';
import { Roles } from '../../core/assembly/roles.js';
import { churnSettings } from './churn.js';
import { flowTrapezoid } from './flow-coordinate.js';
import { lateChurnedFlowHeun } from './late-churn.js';

const config = z.strictObject({
  lateChurn: z
    .strictObject(churnSettings)
    .optional()
    .describe('for equality with diffusers only: noise added after the network ran, which does not converge; use edm'),
});

/**
 * The trapezoidal rule on the velocity `noise - x0` of flow matching (Lipman et al. 2023, with the correction of Karras
 * et al. 2022, algorithm 1). Second order, also from pure noise; two network calls a step, one in a step to the clean
 * level.
 * When: precise sampling of flow networks.
 */
export const flowHeun = definePlugin({
  role: Roles.sampler,
  name: 'flow-heun',
  summary: 'The trapezoidal rule on the velocity noise - x0 of flow matching.',
  reference: 'Lipman et al. 2023; the correction of Karras et al. 2022, algorithm 1',
  tags: { path: 'any', order: 2, stochastic: false, calls: 2, when: 'precise sampling of flow networks' },
  config,
  create: ({ config: { lateChurn } }) =>
    defineSampler({
      order: 2,
      stochastic: lateChurn !== undefined,
      ...(lateChurn === undefined ? {} : { needs: { paths: ['flow'] } }),
      calls: ({ to }) => (to.sigma === 0 ? 1 : 2),
      init: (x) => ({ x }),
      step({ x }, ctx) {
        if (lateChurn !== undefined) return { x: lateChurnedFlowHeun(x, ctx, lateChurn) };
        const { from, to, denoise, combine } = ctx;
        const first = denoise(x, from);
        const predicted = combine([to.alpha, first.denoised], [to.sigma, first.noise]);
        if (to.sigma === 0) return { x: predicted };
        return { x: combine(...flowTrapezoid(from, to, x, [first, denoise(predicted, to)])) };
      },
    }),
});
