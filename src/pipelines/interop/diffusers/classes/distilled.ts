import { readClip, withRawNoise } from '../clip.js';
import { readDistilledGrid } from '../distilled-grid.js';
import { readPrediction } from '../prediction.js';
import type { SchedulerFile, SchedulerParts } from '../scheduler-file.js';
import { use } from '../use.js';
import { readVpSchedule } from '../vp-schedule.js';

const BETAS = { betaStart: 0.00085, betaEnd: 0.012, betaSchedule: 'scaled_linear', zeroSnr: 'zero' } as const;
const PREDICTIONS = ['epsilon', 'sample', 'v_prediction'] as const;

/** `LCMScheduler`. Its last step gives the clean estimate, whatever `set_alpha_to_one` says. */
export function readLcm(file: SchedulerFile): SchedulerParts {
  const { config } = file;
  const scaling = config.number('timestep_scaling', 10, { min: Number.MIN_VALUE });
  return {
    schedule: readVpSchedule(config, BETAS),
    grid: readDistilledGrid(file),
    sampler: use('lcm', { timestepScaling: scaling === 10 ? undefined : scaling }),
    parameterization: readPrediction(config, PREDICTIONS),
    clip: readClip(file, false),
  };
}

/** `TCDScheduler`. Its last step goes to time 0 of the table, whatever `set_alpha_to_one` says. */
export function readTcd(file: SchedulerFile): SchedulerParts {
  const { config, step } = file;
  const gamma = step.number('eta', 0.3, { min: 0, max: 1 });
  const schedule = readVpSchedule(config, { ...BETAS, alphaToOne: 'never' });
  return {
    schedule,
    grid: readDistilledGrid(file),
    sampler: use('tcd', {
      gamma: gamma === 0.3 ? undefined : gamma,
      wholeTimes: gamma > 0 && file.repeats('whole-times') ? true : undefined,
    }),
    parameterization: readPrediction(config, PREDICTIONS),
    clip: withRawNoise(file, readClip(file, false)),
  };
}
