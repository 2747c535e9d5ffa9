import type { SchedulerFile } from './scheduler-file.js';
import { trainStepsOf } from './vp-schedule.js';

/** The times that were given to `set_timesteps` instead of a number of steps: falling, below the training steps. */
export function readCustomTimes(file: SchedulerFile): readonly number[] | undefined {
  const { config, setTimesteps } = file;
  const times = setTimesteps.numbers('timesteps');
  if (times === undefined) return undefined;
  if (file.asked !== undefined) setTimesteps.refuse('timesteps', 'nothing, since a number of steps is given');
  const trainSteps = trainStepsOf(config);
  const falls = times.every((t, i) => t >= 0 && t < (times[i - 1] ?? trainSteps));
  return falls && times.length > 0
    ? times
    : setTimesteps.refuse('timesteps', `times that fall, from ${trainSteps - 1} at most to 0 at least`);
}
