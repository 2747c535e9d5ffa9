import { z } from 'zod';
import { positive, real } from '../../core/assembly/config-numbers.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { alphaBarConfig, betasOf } from './betas-of.js';
import { discreteSchedule } from './discrete.js';

const config = z
  .strictObject({
    start: real().default(-3).describe('where on the sigmoid the schedule starts'),
    end: real().default(3).describe('where on the sigmoid it ends'),
    temperature: positive().default(1).describe('tau of the paper: larger is closer to a straight line'),
    ...alphaBarConfig,
  })
  .refine(({ start, end }) => start < end, { path: ['end'], error: 'end is not above start' });

/**
 * alpha² falls along a piece of a sigmoid (Jabri et al. 2022, "Scalable Adaptive Computation for Iterative Generation";
 * Chen 2023, "On the Importance of Noise Scheduling for Diffusion Models", algorithm 1).
 * When: large images, which need more noise than small ones to lose their content.
 */
export const sigmoidAlpha = definePlugin({
  role: Roles.schedule,
  name: 'sigmoid-alpha',
  summary: 'alpha² falls along a piece of a sigmoid.',
  reference:
    'Jabri et al. 2022, "Scalable adaptive computation for iterative generation"; Chen 2023, "On the importance of noise scheduling", algorithm 1',
  tags: { path: 'variance preserving', time: 'discrete', when: 'large images' },
  config,
  create: ({ config: { trainSteps, start, end, temperature, maxBeta, ...options } }) => {
    const at = (x: number): number => 1 / (1 + Math.exp(-x / temperature));
    const alphaBar = (u: number): number => (at(end) - at(start + u * (end - start))) / (at(end) - at(start));
    return discreteSchedule(betasOf(alphaBar, trainSteps, maxBeta), options);
  },
});
