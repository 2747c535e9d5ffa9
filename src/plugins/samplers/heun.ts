import { z } from 'zod';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { defineSampler } from '../../core/assembly/define-sampler.js';
import { Roles } from '../../core/assembly/roles.js';
import { heunStep } from './heun-step.js';

/**
 * The trapezoidal rule on the probability-flow ODE (Karras et al. 2022, algorithm 1): second order, two network calls
 * a step, one in a step that ends without noise. In `x / alpha` over `sigma / alpha`; from alpha = 0 in the flow
 * coordinate `x / (alpha + sigma)`, whose slope `noise - x0` is finite there. With noise added in between it is `edm`.
 * When: precise sampling in 20 steps and more, without memory of earlier steps.
 */
export const heun = definePlugin({
  role: Roles.sampler,
  name: 'heun',
  summary: 'The trapezoidal rule on the probability-flow ODE.',
  reference: 'Karras et al. 2022, algorithm 1',
  tags: {
    path: 'any',
    order: 2,
    stochastic: false,
    calls: 2,
    when: 'precise sampling in 20 steps and more, without memory of earlier steps',
  },
  config: z.strictObject({}),
  create: () =>
    defineSampler({
      order: 2,
      stochastic: false,
      calls: ({ to }) => (to.sigma === 0 ? 1 : 2),
      init: (x) => ({ x }),
      step: ({ x }, ctx) => ({ x: heunStep(x, ctx) }),
    }),
});
