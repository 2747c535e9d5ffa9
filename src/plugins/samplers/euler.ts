import { z } from 'zod';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { defineSampler } from '../../core/assembly/define-sampler.js';
import { Roles } from '../../core/assembly/roles.js';
import { churned, churnSettings } from './churn.js';
import { lateChurnedEuler, lateChurnSetting } from './late-churn.js';

const config = z.strictObject({ ...churnSettings, lateChurn: lateChurnSetting });

/**
 * Euler's method on the probability-flow ODE in `x / alpha` over `sigma / alpha` (Karras et al. 2022, algorithm 1
 * without the correction); the same map as ddim. From alpha = 0, where x / alpha has no value, it takes ddim's form.
 * With `sChurn` noise is added before each step (algorithm 2), which corrects errors of the steps before. When: first
 * tries and straight paths; with sChurn, many steps.
 */
export const euler = definePlugin({
  role: Roles.sampler,
  name: 'euler',
  summary: "Euler's method on the probability-flow ODE in x / alpha over sigma / alpha; the same map as ddim.",
  reference: 'Karras et al. 2022, algorithm 1 without the correction; sChurn: algorithm 2',
  tags: {
    path: 'any',
    order: 1,
    stochastic: false,
    calls: 1,
    when: 'first tries and straight paths; with sChurn, many steps',
  },
  config,
  create: ({ config: { lateChurn, ...churn } }) =>
    defineSampler({
      order: 1,
      stochastic: churn.sChurn > 0,
      init: (x) => ({ x }),
      step(state, ctx) {
        if (lateChurn !== undefined) return { x: lateChurnedEuler(state.x, ctx, { ...churn, lateChurn }) };
        const { to, denoise, combine } = ctx;
        const { x, from } = churned(state.x, ctx, churn);
        const estimate = denoise(x, from);
        if (from.alpha === 0 || estimate.unguided !== undefined)
          return { x: combine([to.alpha, estimate.denoised], [to.sigma, estimate.noise]) };
        const ratio = to.alpha / from.alpha;
        return { x: combine([ratio, x], [to.sigma - ratio * from.sigma, estimate.noise]) };
      },
    }),
});
