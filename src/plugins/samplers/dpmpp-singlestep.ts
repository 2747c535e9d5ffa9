import { z } from 'zod';
import { whole } from '../../core/assembly/config-numbers.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { singlestep } from './singlestep.js';

const config = z.strictObject({
  order: whole(3).default(2).describe('calls of a group: order of convergence'),
  form: z
    .enum(['denoised', 'denoised-sde', 'noise'])
    .default('denoised')
    .describe('what is integrated: DPM-Solver++, the same on the reverse SDE, or DPM-Solver'),
  solver: z
    .enum(['midpoint', 'heun'])
    .default('midpoint')
    .describe('how the derivatives are weighed; midpoint has order 3 only on grids that are even in lambda'),
  lowerOrderFinal: z.boolean().default(false).describe('end in steps of first order; steadies runs of few steps'),
  sdeThirdOrderSign: z
    .enum(['exact', 'flipped'])
    .default('exact')
    .describe('flipped: order 3 on the SDE with heun as diffusers has it, which samples a wrong distribution'),
});

/**
 * DPM-Solver++(2S) and (3S): N steps make N network calls in groups of `order`. The first step of a group is of first
 * order; each next one starts again at the group's first level and is of one order more, and each emits a sample of its
 * level (Lu et al. 2022, "DPM-Solver++", algorithm 1; "DPM-Solver", algorithms 1 and 2, for the form in noise). It
 * needs no history.
 * When: guidance changes abruptly during a run; else multistep solvers are more exact for the same number of calls.
 */
export const dpmppSinglestep = definePlugin({
  role: Roles.sampler,
  name: 'dpmpp-singlestep',
  summary: 'DPM-Solver++(2S) and (3S): groups of steps that need no history.',
  reference: 'Lu et al. 2022, "DPM-Solver++", algorithm 1; "DPM-Solver", algorithms 1 and 2, for the form in noise',
  tags: {
    path: 'any',
    order: 2,
    stochastic: false,
    calls: 1,
    when: 'guidance changes abruptly during a run; else multistep solvers are more exact for the same calls',
  },
  config,
  create: ({ config: { order, form, solver, lowerOrderFinal, sdeThirdOrderSign } }) => {
    const two = solver === 'midpoint' ? 'midpoint' : 'exact';
    const curved = sdeThirdOrderSign === 'flipped' ? 'curvature-sign' : 'exact';
    return singlestep({
      form,
      order,
      lowerOrderFinal,
      convergence: form === 'denoised-sde' ? 1 : lowerOrderFinal ? Math.min(order, 2) : order,
      stochastic: form === 'denoised-sde',
      cleanApart: !lowerOrderFinal,
      rules: { stage: two, two, three: solver === 'midpoint' ? 'ends' : curved },
      eta: 0,
      noiseScale: 1,
    });
  },
});
