import type { Use } from '../../../core/assembly/recipe.js';
import type { SchedulerFile } from './scheduler-file.js';
import { readSpacing } from './spaced-grid.js';

/**
 * The schedule of a class of the Euler family, whose runs start from sigma times unit noise where times are spaced up to the
 * last one, and from what noisy data of variance 1 have there otherwise (`init_noise_sigma`).
 */
export function startingAtSigma(file: SchedulerFile, schedule: Use): Use {
  const { name: spacing } = readSpacing(file.config, { spacing: 'linspace' });
  if (spacing === 'leading' || !file.repeats('small-start')) return schedule;
  const { name, config = {} } = typeof schedule === 'string' ? { name: schedule } : schedule;
  return { name, config: { ...config, startStd: 'sigma' } };
}
