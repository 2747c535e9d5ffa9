import type { Use } from '../../../core/assembly/recipe.js';
import { readCustomTimes } from './custom-times.js';
import { refuseScheduler } from './refuse.js';
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
  const most = Math.floor(original * strength);
  if (file.steps > most)
    refuseScheduler({
      problem: 'there are more steps than the model was distilled at',
      got: `steps ${file.steps} with original_inference_steps ${original} and strength ${strength}`,
      expected: `steps up to ${most}`,
      fix: 'ask for fewer steps, or give timesteps to set_timesteps',
    });
  return use('lcm', {
    originalSteps: original === 50 ? undefined : original,
    strength: strength === 1 ? undefined : strength,
  });
}
