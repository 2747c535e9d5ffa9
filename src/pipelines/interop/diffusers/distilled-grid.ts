import type { Use } from '../../../core/plugins/recipe.js';
import { readCustomTimes } from './custom-times.js';
import type { SchedulerFile } from './scheduler-file.js';
import { use } from './use.js';
import { trainStepsOf } from './vp-schedule.js';

/** The grid of a distilled model: some of the times that it was distilled at, the noisiest first. */
export function readDistilledGrid(file: SchedulerFile): Use {
  const { config, setTimesteps } = file;
  const times = readCustomTimes(file);
  if (times !== undefined) return use('custom', { times });
  const original = config.integer('original_inference_steps', 50, { min: 1, max: trainStepsOf(config) });
  const strength = setTimesteps.number('strength', 1, { min: Number.MIN_VALUE, max: 1 });
  return use('lcm', {
    originalSteps: original === 50 ? undefined : original,
    strength: strength === 1 ? undefined : strength,
  });
}
