import type { Settings } from '../../../core/assembly/plain-json.js';
import type { Use } from '../../../core/assembly/recipe.js';
import { refuseScheduler } from './refuse.js';
import type { SchedulerFile, SchedulerPlugins } from './scheduler-file.js';
import { trailsToZero } from './spaced-grid.js';
import { trainStepsOf } from './vp-schedule.js';

/** Refuses levels that no run can go through, whatever the class: known from the plugins that a config means. */
export function checkVisitedLevels(file: SchedulerFile, plugins: SchedulerPlugins): void {
  checkPureNoise(file, plugins);
  checkSingleStep(file, plugins);
  checkTrailingEnd(file, plugins);
}

/** Refuses so many trailing steps that the last one has nowhere to go: it is at the least noisy level, where the run ends. */
function checkTrailingEnd(file: SchedulerFile, { schedule, grid }: SchedulerPlugins): void {
  const { config, steps } = file;
  const spaced = unflipped(grid);
  const trainSteps = trainStepsOf(config);
  const { final = 'zero' } = settingsOf(spaced);
  const endsThere = final !== 'zero' || settingsOf(schedule)['finalAlpha'] === 'first';
  const isTrailing = nameOf(spaced) === 'trailing' && nameOf(schedule) !== 'flow';
  if (!isTrailing || !endsThere || !trailsToZero(trainSteps, steps) || file.repeats('no-op-last-step')) return;
  refuseScheduler({
    problem: 'the last of these steps would start where it ends',
    got: `steps ${steps} with num_train_timesteps ${trainSteps} and timestep_spacing trailing, and an end at the least noisy training step`,
    expected: `steps up to ${Math.floor(trainSteps / 1.5)}, or an end without noise (set_alpha_to_one, final_sigmas_type)`,
    fix: "ask for fewer steps; `compatible: 'diffusers'` keeps the last step, which does nothing",
  });
}

/** The grid whose levels are visited, from noisy to clean. */
function unflipped(grid: Use): Use {
  return nameOf(grid) === 'flip' ? (settingsOf(grid)['of'] as Use) : grid;
}

/** Refuses the one step of a leading grid that starts at time 0, where the run ends too. */
function checkSingleStep({ steps }: SchedulerFile, { schedule, grid }: SchedulerPlugins): void {
  const spaced = unflipped(grid);
  const { offset, ends, final } = settingsOf(spaced);
  const startsAtZero = offset === undefined && (nameOf(spaced) === 'leading' || ends === 'leading');
  const endsThere = settingsOf(schedule)['finalAlpha'] === 'first' || final !== undefined;
  if (steps > 1 || !startsAtZero || !endsThere) return;
  refuseScheduler({
    problem: 'the one step of this run would start where it ends',
    got: 'steps 1 with timestep_spacing leading and steps_offset 0, and an end at the least noisy training step',
    expected:
      'two steps or more, timestep_spacing trailing, or an end without noise (set_alpha_to_one, final_sigmas_type)',
    fix: 'ask for more steps, or change one of these keys',
  });
}

/** Refuses what has no value: the noise that a network predicts, read at a level without signal. Diffusers gives NaN. */
function checkPureNoise(file: SchedulerFile, { schedule, grid, parameterization }: SchedulerPlugins): void {
  const table = settingsOf(schedule);
  const isPure = table['zeroTerminalSnr'] === true && table['terminalAlphaCumprod'] === undefined;
  if (!isPure || nameOf(parameterization) !== 'epsilon' || !visitsNoisiest(file, grid)) return;
  refuseScheduler({
    problem: 'the noise cannot be read where there is nothing but noise',
    got: 'prediction_type epsilon with rescale_betas_zero_snr, and steps that start at the last training step',
    expected: 'prediction_type v_prediction or sample',
    fix: 'set the prediction_type that the network was trained with, or rescale_betas_zero_snr to false',
  });
}

/** Whether the network is called at the last training step. */
function visitsNoisiest({ config, steps }: SchedulerFile, grid: Use): boolean {
  const { times, offset, originalSteps = 50, strength = 1 } = settingsOf(grid);
  const last = trainStepsOf(config) - 1;
  const first: Readonly<Record<string, number | undefined>> = {
    linspace: last,
    trailing: last,
    leading: Number(offset ?? 0) + (steps - 1) * Math.floor((last + 1) / steps),
    lcm: Math.floor(Number(originalSteps) * Number(strength)) * Math.floor((last + 1) / Number(originalSteps)) - 1,
    custom: Array.isArray(times) ? Number(times[0]) : undefined,
  };
  return first[nameOf(grid)] === last;
}

function nameOf(use: Use): string {
  return typeof use === 'string' ? use : use.name;
}

function settingsOf(use: Use): Settings {
  return typeof use === 'string' ? {} : (use.config ?? {});
}
