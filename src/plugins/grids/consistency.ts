import { z } from 'zod';
import { MOST, positive, whole } from '../../core/assembly/config-numbers.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { withFinal } from './final-level.js';
import { checkSteps } from './grid-steps.js';
import { COORDINATES, sigmaEnds } from './sigma-ends.js';
import { sigmaGridConfig } from './sigma-grid.js';

const { sigmaMin, sigmaMax, coordinate, final } = sigmaGridConfig;

const config = z.strictObject({
  trainLevels: whole(MOST.trainSteps, 2)
    .default(40)
    .describe('levels of the grid that the consistency model was trained on'),
  rho: positive().default(7).describe('spacing of that grid: the rho of `karras`'),
  ...{ sigmaMin, sigmaMax, coordinate, final },
});

/**
 * Some of the levels on which a consistency model was trained: every n-th of a `karras` grid of `trainLevels`, the
 * noisiest first (Song et al. 2023, "Consistency Models", appendix C).
 * When: the network is a consistency model.
 */
export const consistency = definePlugin({
  role: Roles.grid,
  name: 'consistency',
  summary: 'Some of the levels on which a consistency model was trained: every n-th of a karras grid.',
  reference: 'Song et al. 2023, "Consistency Models", appendix C',
  tags: { spacing: 'sigma', when: 'the network is a consistency model' },
  config,
  create: ({ config: { trainLevels, rho, ...options } }) => ({
    levels(schedule, steps) {
      const most = trainLevels - (options.final === 'sigma-min' ? 1 : 0);
      checkSteps(steps, most);
      const { low, high } = sigmaEnds(schedule, steps, { ...options, ends: 'schedule', offset: 0 }, 'consistency');
      const stride = Math.floor(trainLevels / steps) / (trainLevels - 1);
      const [from, to] = [high ** (1 / rho), low ** (1 / rho)];
      const lambda = (i: number): number =>
        COORDINATES[options.coordinate].lambda(schedule.path, (from + i * stride * (to - from)) ** rho);
      const levels = Array.from({ length: steps }, (_, i) => schedule.levelAt(lambda(i)));
      return withFinal(levels, schedule, options.final);
    },
  }),
});
