import { z } from 'zod';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { defineSampler } from '../../core/assembly/define-sampler.js';
import { Roles } from '../../core/assembly/roles.js';
import { churned, churnSettings } from './churn.js';

/**
 * The midpoint rule on the probability-flow ODE in `x / alpha` over `sigma / alpha`, with the midpoint halfway in
 * lambda (Karras et al. 2022, algorithm 2; Lu et al. 2022, DPM-Solver-2, in the data's own scale; k-diffusion's
 * "DPM2"). Second order, two network calls a step; one in a step from pure noise or to the clean level. `sChurn` adds
 * noise before each step, as in edm. When: second order without memory of earlier steps.
 */
export const dpm2 = definePlugin({
  role: Roles.sampler,
  name: 'dpm2',
  summary: 'The midpoint rule on the probability-flow ODE, with the midpoint halfway in lambda.',
  reference: 'Karras et al. 2022, algorithm 2; Lu et al. 2022, "DPM-Solver", DPM-Solver-2; k-diffusion, "DPM2"',
  tags: { path: 'any', order: 2, stochastic: false, calls: 2, when: 'second order without memory of earlier steps' },
  config: z.strictObject(churnSettings),
  create: ({ config: churn }) =>
    defineSampler({
      order: churn.sChurn > 0 ? 1 : 2,
      stochastic: churn.sChurn > 0,
      calls: ({ from, to }) => (to.sigma === 0 || from.alpha === 0 ? 1 : 2),
      init: (x) => ({ x }),
      step(state, ctx) {
        const { to, denoise, combine, level } = ctx;
        const { x, from } = churned(state.x, ctx, churn);
        const first = denoise(x, from);
        if (to.sigma === 0 || from.alpha === 0)
          return { x: combine([to.alpha, first.denoised], [to.sigma, first.noise]) };
        const middle = level({ lambda: (from.lambda + to.lambda) / 2 });
        const halfway = combine([middle.alpha, first.denoised], [middle.sigma, first.noise]);
        const ratio = to.alpha / from.alpha;
        return { x: combine([ratio, x], [to.sigma - ratio * from.sigma, denoise(halfway, middle).noise]) };
      },
    }),
});
