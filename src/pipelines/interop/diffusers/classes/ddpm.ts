import { readClip } from '../clip.js';
import { readCustomTimes } from '../custom-times.js';
import { readPrediction } from '../prediction.js';
import type { SchedulerFile, SchedulerParts } from '../scheduler-file.js';
import { endsAboveZero, readTimeGrid } from '../spaced-grid.js';
import { use } from '../use.js';
import { COMMON_SCHEDULES, readVpSchedule } from '../vp-schedule.js';

const VARIANCES = {
  fixed_small: 'fixed-small',
  fixed_small_log: 'fixed-small-log',
  fixed_large: 'fixed-large',
  fixed_large_log: 'fixed-large-log',
  learned: 'learned-direct',
  learned_range: 'learned-range',
} as const;

/** `DDPMScheduler`. Its `learned` reads the network's second half as the variance itself, not as its logarithm. */
export function readDdpm(file: SchedulerFile): SchedulerParts {
  const { config } = file;
  const variance = config.choice('variance_type', 'fixed_small', Object.keys(VARIANCES) as (keyof typeof VARIANCES)[]);
  const times = readCustomTimes(file);
  const endsAbove = times === undefined ? endsAboveZero(file) : times.at(-1) !== 0;
  return {
    schedule: readVpSchedule(config, { known: [...COMMON_SCHEDULES, 'sigmoid', 'laplace'], zeroSnr: 'zero' }),
    grid: times === undefined ? readTimeGrid(file) : use('custom', { times }),
    sampler: use('ddpm', {
      variance: VARIANCES[variance],
      finalNoise: endsAbove && file.repeats('final-noise') ? true : undefined,
    }),
    parameterization: readPrediction(config, ['epsilon', 'sample', 'v_prediction']),
    clip: readClip(file, true),
  };
}
