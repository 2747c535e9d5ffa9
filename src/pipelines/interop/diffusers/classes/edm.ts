import { churnedEuler } from '../churn.js';
import { readThreshold } from '../clip.js';
import { readEdmParts } from '../edm-parts.js';
import type { SchedulerFile, SchedulerParts } from '../scheduler-file.js';
import { readSiblingName } from '../solver-names.js';
import { multistepSampler } from './dpm-solver-multistep.js';

const EDM = { sigmaMin: 0.002, sigmaMax: 80, sigmaData: 0.5, rule: 'karras', prediction: 'epsilon' } as const;
const COSINE = {
  ...{ sigmaMin: 0.3, sigmaMax: 500, sigmaData: 1 },
  rule: 'exponential',
  prediction: 'v_prediction',
} as const;

/** `EDMEulerScheduler`. */
export function readEdmEuler(file: SchedulerFile): SchedulerParts {
  return { ...readEdmParts(file, EDM), sampler: churnedEuler(file, file.config.number('sigma_data', EDM.sigmaData)) };
}

/** `EDMDPMSolverMultistepScheduler`. */
export function readEdmDpmSolverMultistep(file: SchedulerFile): SchedulerParts {
  const algorithm = readSiblingName(file.config, 'algorithm_type', ['dpmsolver++', 'sde-dpmsolver++'], ['deis']);
  return { ...readEdmParts(file, EDM), sampler: multistepSampler(file, algorithm), clip: readThreshold(file) };
}

/** `CosineDPMSolverMultistepScheduler`, of Stable Audio. */
export function readCosineDpmSolverMultistep(file: SchedulerFile): SchedulerParts {
  file.config.integer('solver_order', 2, { min: 1, max: 2 });
  return { ...readEdmParts(file, { ...COSINE, time: 'arctan' }), sampler: multistepSampler(file, 'sde-dpmsolver++') };
}
