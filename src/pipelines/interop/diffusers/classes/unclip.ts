import { readClip } from '../clip.js';
import { readPrediction } from '../prediction.js';
import type { SchedulerFile, SchedulerParts } from '../scheduler-file.js';
import { checkSpacedSteps } from '../spaced-grid.js';
import { use } from '../use.js';
import { trainStepsOf } from '../vp-schedule.js';

const VARIANCES = { fixed_small_log: 'fixed-small-log', learned_range: 'learned-range' } as const;

/** `UnCLIPScheduler`, run as its pipelines do: each step is told where the next one starts. */
export function readUnclip(file: SchedulerFile): SchedulerParts {
  const { config } = file;
  const variance = config.choice('variance_type', 'fixed_small_log', ['fixed_small_log', 'learned_range'] as const);
  config.choice('beta_schedule', 'squaredcos_cap_v2', ['squaredcos_cap_v2']);
  checkSpacedSteps(file, { name: 'linspace', offset: 0 });
  return {
    schedule: use('cosine', { trainSteps: trainStepsOf(config) }),
    grid: 'linspace',
    sampler: use('ddpm', { variance: VARIANCES[variance] }),
    parameterization: readPrediction(config, ['epsilon', 'sample']),
    clip: readClip(file, true),
  };
}
