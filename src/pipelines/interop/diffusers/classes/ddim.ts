import { readClip, withRawNoise } from '../clip.js';
import { readPrediction } from '../prediction.js';
import type { SchedulerFile, SchedulerParts } from '../scheduler-file.js';
import { readPreviousTime, readTimeGrid } from '../spaced-grid.js';
import { use } from '../use.js';
import { readVpSchedule } from '../vp-schedule.js';

/** `DDIMScheduler`. */
export function readDdim(file: SchedulerFile): SchedulerParts {
  const { config, step } = file;
  const eta = step.number('eta', 0, { min: 0, max: 1 });
  const clip = readClip(file, true);
  const recomputed = clip !== undefined && step.flag('use_clipped_model_output', false);
  return {
    schedule: readVpSchedule(config, { alphaToOne: true, zeroSnr: 'zero' }),
    grid: readTimeGrid(file),
    sampler: use('ddim', { eta: eta > 0 ? eta : undefined, previousTime: readPreviousTime(file) }),
    parameterization: readPrediction(config, ['epsilon', 'sample', 'v_prediction']),
    clip: recomputed ? clip : withRawNoise(file, clip),
  };
}
