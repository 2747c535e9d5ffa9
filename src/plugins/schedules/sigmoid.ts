import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { betaRange, linspace } from './beta-range.js';
import { discreteSchedule } from './discrete.js';

/**
 * Betas that grow along a sigmoid, slowly at both ends; alpha² is the product of `1 - beta` (Xu et al. 2022, "GeoDiff",
 * whose code has it).
 * When: checkpoints that name it, those of molecules among them.
 */
export const sigmoid = definePlugin({
  role: Roles.schedule,
  name: 'sigmoid',
  summary: 'Betas that grow along a sigmoid, slowly at both ends.',
  reference: 'Xu et al. 2022, "GeoDiff"',
  tags: {
    path: 'variance preserving',
    time: 'discrete',
    when: 'checkpoints that name it, those of molecules among them',
  },
  config: betaRange(1e-4, 0.02),
  create: ({ config: { trainSteps, betaStart, betaEnd, ...options } }) => {
    const share = (x: number): number => 1 / (1 + Math.exp(-x));
    const betas = linspace(-6, 6, trainSteps).map((x) => betaStart + share(x) * (betaEnd - betaStart));
    return discreteSchedule(betas, options);
  },
});
