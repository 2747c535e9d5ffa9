import { multistepParts, readLowerOrderFinal, type MultistepKeys } from '../multistep-parts.js';
import type { SchedulerFile, SchedulerParts } from '../scheduler-file.js';
import { readSiblingName } from '../solver-names.js';
import { use } from '../use.js';

const KEYS: MultistepKeys = { spaced: true, dynamic: true, final: 'sigma-min', ruleFinal: 'repeat' };

/** `DEISMultistepScheduler`. Runs end at the least sigma, and by a rule there twice. */
export function readDeis(file: SchedulerFile): SchedulerParts {
  const { config } = file;
  readSiblingName(config, 'algorithm_type', ['deis'], ['dpmsolver', 'dpmsolver++']);
  readSiblingName(config, 'solver_type', ['logrho'], ['midpoint', 'heun', 'bh1', 'bh2']);
  const order = config.integer('solver_order', 2, { min: 1, max: 3 });
  const sampler = use('deis', { order, lowerOrderFinal: readLowerOrderFinal(file) ? true : undefined });
  return multistepParts(file, sampler, KEYS, 'x0');
}
