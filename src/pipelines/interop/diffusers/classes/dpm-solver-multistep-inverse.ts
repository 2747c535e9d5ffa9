import { multistepParts, type MultistepKeys } from '../multistep-parts.js';
import type { SchedulerFile, SchedulerParts } from '../scheduler-file.js';
import { readSiblingName } from '../solver-names.js';
import { use } from '../use.js';
import { multistepSampler } from './dpm-solver-multistep.js';

const KEYS: MultistepKeys = { spaced: true, clipped: true, final: 'sigma-min', ruleFinal: 'repeat' };

/** `DPMSolverMultistepInverseScheduler`: from data up to noise. Noise on the SDE has no sense there. */
export function readDpmSolverMultistepInverse(file: SchedulerFile): SchedulerParts {
  const { config } = file;
  const algorithm = readSiblingName(config, 'algorithm_type', ['dpmsolver++', 'dpmsolver'], ['deis']);
  const parts = multistepParts(
    file,
    multistepSampler(file, algorithm),
    KEYS,
    algorithm === 'dpmsolver' ? 'noise' : 'x0',
  );
  return { ...parts, grid: use('flip', { of: parts.grid }) };
}
