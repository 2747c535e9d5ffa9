import { readPrediction } from '../prediction.js';
import type { SchedulerFile, SchedulerParts } from '../scheduler-file.js';
import { readPreviousTime, readTimeGrid } from '../spaced-grid.js';
import { use } from '../use.js';
import { readVpSchedule, trainStepsOf } from '../vp-schedule.js';

/** `PNDMScheduler`. */
export function readPndm(file: SchedulerFile): SchedulerParts {
  const { config } = file;
  const prediction = readPrediction(config, ['epsilon', 'v_prediction']);
  const even = file.repeats('even-weights');
  const grid = readTimeGrid(file);
  // Its half and whole steps back are in training steps; on a leading grid they are the grid's.
  const stride = readPreviousTime(file) ?? (even ? Math.floor(trainStepsOf(config) / file.steps) : undefined);
  return {
    schedule: readVpSchedule(config, { alphaToOne: false }),
    grid,
    sampler: use('pndm', {
      rungeKutta: config.flag('skip_prk_steps', false) ? false : undefined,
      spacing: even ? 'even' : undefined,
      mix: prediction === 'v' && file.repeats('mixed-v') ? 'v' : undefined,
      previousTime: stride,
    }),
    parameterization: prediction,
  };
}
