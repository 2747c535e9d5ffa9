import { readClip, withRawNoise } from '../clip.js';
import { readPrediction } from '../prediction.js';
import type { SchedulerFile, SchedulerParts } from '../scheduler-file.js';
import { readPreviousTime, readTimeGrid } from '../spaced-grid.js';
import { flipped, use } from '../use.js';
import { readVpSchedule } from '../vp-schedule.js';

/** `DDIMInverseScheduler`: from data up to noise. */
export function readDdimInverse(file: SchedulerFile): SchedulerParts {
  const { config } = file;
  const spaced = { known: ['leading', 'trailing'] } as const;
  return {
    schedule: readVpSchedule(config, { alphaToOne: true, zeroSnr: 'zero' }),
    grid: flipped(readTimeGrid(file, spaced)),
    sampler: use('ddim-inverse', {
      nextTime: file.repeats('inverse-level') ? true : undefined,
      previousTime: readPreviousTime(file, spaced),
    }),
    parameterization: readPrediction(config, ['epsilon', 'sample', 'v_prediction']),
    clip: withRawNoise(file, readClip(file, true)),
  };
}
