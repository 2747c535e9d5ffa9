import { z } from 'zod';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { definePlugin } from '../../core/plugins/define-plugin.js';
import { Roles } from '../../core/plugins/roles.js';
import { checkSteps } from './grid-steps.js';

const config = z.strictObject({
  rho: z.number().positive().default(7).describe('7 crowds the levels at the clean end, 1 spaces sigma evenly'),
  sigmaMin: z.number().positive().optional().describe('least sigma / alpha; the schedule’s own where absent'),
  sigmaMax: z.number().positive().optional().describe('largest sigma / alpha; the schedule’s own where absent'),
});

/** Levels evenly spaced in (sigma / alpha)^(1 / rho) (Karras et al. 2022, equation 5), then the clean level. */
export const karras = definePlugin({
  role: Roles.grid,
  name: 'karras',
  config,
  create: ({ config: { rho, sigmaMin, sigmaMax } }) => ({
    levels(schedule, steps) {
      checkSteps(steps, schedule);
      if (sigmaMax === undefined && schedule.at(schedule.tMax).alpha === 0) throw pureNoise();
      const low = (sigmaMin ?? Math.exp(-schedule.at(schedule.tMin).lambda)) ** (1 / rho);
      const high = (sigmaMax ?? Math.exp(-schedule.at(schedule.tMax).lambda)) ** (1 / rho);
      const sigma = (i: number): number => (high + (steps === 1 ? 0 : i / (steps - 1)) * (low - high)) ** rho;
      const levels = Array.from({ length: steps }, (_, i) => schedule.levelAt(-Math.log(sigma(i))));
      return [...levels, schedule.clean];
    },
  }),
});

function pureNoise(): DiffusionError {
  return new DiffusionError('RXD_COMBINATION', {
    problem: 'the schedule ends in pure noise, where sigma / alpha has no value to start from',
    got: 'alpha 0 at the noisiest level',
    expected: 'a largest sigma / alpha',
    fix: 'set the grid’s sigmaMax (80, for example), or choose linspace or trailing',
    plugin: 'grid/karras',
  });
}
