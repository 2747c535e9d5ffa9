import { z } from 'zod';
import { lambdaOfSigma } from '../../core/math/levels.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { checkSteps } from './grid-steps.js';

/**
 * sigma falls like a squared sine of evenly spaced angles: both ends get small steps of sigma. Source: the grid of
 * diffusers' IPNDMScheduler.
 * When: the sampler ipndm on the schedule `trigonometric`.
 */
export const sineSquared = definePlugin({
  role: Roles.grid,
  name: 'sine-squared',
  summary: 'sigma falls like a squared sine of even angles: small steps at both ends.',
  reference: "The grid of diffusers' IPNDMScheduler",
  tags: { spacing: 'sigma', when: 'ipndm on the schedule trigonometric' },
  config: z.strictObject({}),
  create: () => ({
    levels(schedule, steps) {
      checkSteps(steps);
      const largest = schedule.at(schedule.tMax).sigma;
      const sigma = (i: number): number => largest * Math.sin((Math.PI / 2) * (1 - i / steps)) ** 2;
      const lambda = (i: number): number => lambdaOfSigma(schedule.path, sigma(i));
      return [...Array.from({ length: steps }, (_, i) => schedule.levelAt(lambda(i))), schedule.clean];
    },
  }),
});
