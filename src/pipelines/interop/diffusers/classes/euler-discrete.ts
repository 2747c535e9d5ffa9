import { churnedEuler } from '../churn.js';
import { readPrediction } from '../prediction.js';
import { refuseScheduler } from '../refuse.js';
import type { SchedulerFile, SchedulerParts } from '../scheduler-file.js';
import { readSigmaRule } from '../sigma-flags.js';
import { readSigmaSpaceGrid } from '../sigma-space-grid.js';
import { startingAtSigma } from '../sigma-start.js';
import { use } from '../use.js';
import { readVpSchedule } from '../vp-schedule.js';

/** `EulerDiscreteScheduler`. */
export function readEulerDiscrete(file: SchedulerFile): SchedulerParts {
  const { config, setTimesteps } = file;
  const continuous = config.choice('timestep_type', 'discrete', ['discrete', 'continuous']) === 'continuous';
  const parameterization = readPrediction(config, ['epsilon', 'sample', 'v_prediction', 'original_sample']);
  if (parameterization !== 'v') config.leaveUnused('timestep_type');
  const sigmas = setTimesteps.numbers('sigmas');
  return {
    schedule: startingAtSigma(file, readVpSchedule(config, { zeroSnr: 'tiny' })),
    grid:
      sigmas === undefined
        ? readSigmaSpaceGrid(file, { rules: true, times: true, euler: true })
        : ownSigmas(file, sigmas),
    ...(sigmas === undefined ? {} : { steps: sigmas.length - 1 }),
    sampler: churnedEuler(
      file,
      parameterization as 'epsilon' | 'v' | 'x0',
      file.steps + (hasLevelTooMany(file) ? 1 : 0),
    ),
    parameterization: continuous && parameterization === 'v' ? use('v', { time: 'log-sigma' }) : parameterization,
  };
}

function ownSigmas({ setTimesteps, asked }: SchedulerFile, sigmas: readonly number[]) {
  if (asked !== undefined) setTimesteps.refuse('sigmas', 'nothing, since a number of steps is given');
  if (setTimesteps.has('timesteps'))
    refuseScheduler({
      problem: 'set_timesteps takes timesteps or sigmas',
      got: 'both',
      expected: 'one of the two',
      fix: 'leave one out',
    });
  const falls = sigmas.every((sigma, i) => sigma >= 0 && sigma < (sigmas[i - 1] ?? Infinity));
  if (!falls || sigmas.length < 2) setTimesteps.refuse('sigmas', 'two or more sigmas that fall');
  const isClean = sigmas.at(-1) === 0;
  return use('custom', { sigmas: isClean ? sigmas.slice(0, -1) : sigmas, final: isClean ? undefined : 'listed' });
}

/** Whether a run has a level that it does not visit, over which its churn is shared out all the same. */
function hasLevelTooMany(file: SchedulerFile): boolean {
  const isLogLinear = file.config.choice('interpolation_type', 'linear', ['linear', 'log_linear']) === 'log_linear';
  return isLogLinear && readSigmaRule(file.config) === undefined && file.repeats('log-linear-end');
}
