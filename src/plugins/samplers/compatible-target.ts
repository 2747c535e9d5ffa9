import { MOST, whole } from '../../core/assembly/config-numbers.js';
import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { StepContext } from '../../core/contracts/sampler.js';

type Neighbours = Pick<StepContext, 'from' | 'to' | 'level'>;

/** The switch `previous-time`, absent by default. */
export const previousTime = whole(MOST.trainSteps)
  .optional()
  .describe(
    'compatible with diffusers: levels lie this many times apart, wherever the grid goes on (there: training steps by ' +
      'steps, rounded down); on grids that are spaced otherwise the method does not converge',
  );

/** The level that a step goes to: the next one of the grid, or by the switch the one `stride` before this one. */
export function targetOf({ from, to, level }: Neighbours, stride: number | undefined): NoiseLevel {
  return stride === undefined || from.t < stride ? to : level({ t: from.t - stride });
}

/** The level that a step upward in noise comes from: this one of the grid, or by the switch `stride` before the next. */
export function sourceOf({ from, to, level }: Neighbours, stride: number | undefined): NoiseLevel {
  return stride === undefined || to.t < stride ? from : level({ t: to.t - stride });
}
