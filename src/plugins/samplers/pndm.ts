import { z } from 'zod';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { defineSampler } from '../../core/assembly/define-sampler.js';
import { Roles } from '../../core/assembly/roles.js';
import { previousTime } from './compatible-target.js';
import { remembered } from './past-estimates.js';
import { pndmRule, pndmStep } from './pndm-step.js';

const config = z.strictObject({
  rungeKutta: z
    .boolean()
    .default(true)
    .describe('start with three Runge-Kutta steps of four network calls; else with one step of two ("PLMS")'),
  spacing: z
    .enum(['uneven', 'even'])
    .default('uneven')
    .describe('even has the weights of even steps, as the paper and diffusers do, which bounds the order by 2'),
  mix: z
    .enum(['noise', 'v'])
    .default('noise')
    .describe(
      'what is averaged over levels; v, compatible with diffusers for networks that predict it, has order 1 and needs a vp path',
    ),
  previousTime,
});

const CALLS = { 'runge-kutta': 4, 'improved-euler': 2, multistep: 1 } as const;

/**
 * Pseudo numerical method: linear multistep of order 4 on the noise estimates, with a Runge-Kutta start (Liu et al.
 * 2022, "PNDM", algorithm 2). One network call a step after the start: precise from some 20 steps on. By uneven
 * weights it is of order 4 on every grid, of order 3 without the Runge-Kutta start. When: precise sampling from some
 * 20 steps on.
 */
export const pndm = definePlugin({
  role: Roles.sampler,
  name: 'pndm',
  summary: 'Linear multistep of order 4 on the noise estimates, with a Runge-Kutta start.',
  reference: 'Liu et al. 2022, "PNDM", algorithm 2',
  tags: { path: 'any', order: 4, stochastic: false, calls: 1, when: 'precise sampling from some 20 steps on' },
  config,
  create: ({ config }) => {
    const order = config.spacing === 'even' ? 2 : config.rungeKutta ? 4 : 3;
    return defineSampler({
      order: config.mix === 'v' ? 1 : order,
      stochastic: false,
      needs: {
        trainSteps: config.previousTime !== undefined,
        ...(config.mix === 'v' ? { paths: ['vp'] } : {}),
      },
      calls: (position) => CALLS[pndmRule(config, position)],
      init: (x) => ({ x, ...remembered([]) }),
      step: (state, ctx) => pndmStep(config, state, ctx),
    });
  },
});
