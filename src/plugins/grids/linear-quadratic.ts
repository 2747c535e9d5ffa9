import { z } from 'zod';
import { lambdaOfSigma } from '../../core/math/levels.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { checkSteps } from './grid-steps.js';

const config = z.strictObject({
  threshold: z
    .number()
    .gt(0)
    .lt(0.5)
    .default(0.025)
    .describe('part of the noise that the first half of the steps removes'),
});

/**
 * Small even steps of sigma at the noisy end, then steps that grow quadratically: the grid that Movie Gen proposes for
 * flow networks (Polyak et al. 2024, "Movie Gen"), as Mochi 1 uses it. The last step ends at the clean level. When:
 * flow networks for video, and others in few steps.
 */
export const linearQuadratic = definePlugin({
  role: Roles.grid,
  name: 'linear-quadratic',
  summary: 'Small even steps of sigma at the noisy end, then steps that grow quadratically.',
  reference: 'Polyak et al. 2024, "Movie Gen"; as Mochi 1 uses it',
  tags: { spacing: 'sigma', when: 'flow networks for video, and others in few steps' },
  config,
  create: ({ config: { threshold } }) => ({
    levels(schedule, steps) {
      checkSteps(steps);
      const largest = schedule.at(schedule.tMax).sigma;
      const left = (i: number): number => 1 - removed(i, steps, threshold);
      const sigmas = Array.from({ length: steps }, (_, i) => largest * left(i));
      return [...sigmas.map((sigma) => schedule.levelAt(lambdaOfSigma(schedule.path, sigma))), schedule.clean];
    },
  }),
});

/** Part of the noise that `i` of `steps` steps remove; both pieces and their slopes meet in the middle. */
function removed(i: number, steps: number, threshold: number): number {
  const linear = Math.floor(steps / 2);
  if (linear === 0) return 0;
  const slope = threshold / linear;
  if (i <= linear) return slope * i;
  const beyond = i - linear;
  const quadratic = steps - linear;
  return threshold + slope * beyond + ((1 - threshold - slope * quadratic) * beyond ** 2) / quadratic ** 2;
}
