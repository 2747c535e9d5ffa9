import { readClip, withRawNoise } from '../clip.js';
import { readPrediction } from '../prediction.js';
import { refuseScheduler } from '../refuse.js';
import type { SchedulerFile, SchedulerParts } from '../scheduler-file.js';
import { readPreviousTime, readTimeGrid } from '../spaced-grid.js';
import { flipped, use } from '../use.js';
import { readVpSchedule } from '../vp-schedule.js';

/** `DDIMInverseScheduler`: from data up to noise. */
export function readDdimInverse(file: SchedulerFile): SchedulerParts {
  const { config } = file;
  const spaced = { known: ['leading', 'trailing'] } as const;
  const parameterization = readPrediction(config, ['epsilon', 'sample', 'v_prediction']);
  const repeatsLevel = file.repeats('inverse-level');
  const previousTime = readPreviousTime(file, spaced);
  const fromClean = previousTime === undefined && config.flag('set_alpha_to_one', true);
  if (repeatsLevel && fromClean && parameterization === 'x0') refuseNoiseOfClean();
  return {
    schedule: readVpSchedule(config, { alphaToOne: true, zeroSnr: 'zero' }),
    grid: flipped(readTimeGrid(file, spaced)),
    sampler: use('ddim-inverse', {
      nextTime: repeatsLevel ? true : undefined,
      previousTime,
    }),
    parameterization,
    clip: withRawNoise(file, readClip(file, true)),
  };
}

/** Refuses what diffusers asks: the noise of a clean sample, by a network that says the clean sample. It gets NaN. */
function refuseNoiseOfClean(): never {
  return refuseScheduler({
    problem: 'the noise of a sample without noise cannot be read',
    got: 'prediction_type sample with set_alpha_to_one true, and inverse-level repeated',
    expected: 'set_alpha_to_one false, or prediction_type epsilon or v_prediction',
    fix: 'set set_alpha_to_one to false, or do not repeat inverse-level',
  });
}
