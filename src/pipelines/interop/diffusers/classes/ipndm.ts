import type { SchedulerFile, SchedulerParts } from '../scheduler-file.js';
import { use } from '../use.js';

/** `IPNDMScheduler`. Its levels are `sigma = sin²(pi u / 2)` of even u, and its networks predict v. */
export function readIpndm(file: SchedulerFile): SchedulerParts {
  if (file.config.has('trained_betas')) file.config.refuse('trained_betas', 'null: they have no counterpart here');
  return {
    schedule: 'trigonometric',
    grid: 'sine-squared',
    sampler: use('ipndm', { lostFirstMean: file.repeats('lost-first-mean') ? true : undefined }),
    parameterization: 'v',
  };
}
