import type { Use } from '../../../core/assembly/recipe.js';
import { readPredictionType } from './prediction.js';
import type { SchedulerFile } from './scheduler-file.js';
import { use } from './use.js';

/** The numbers that a class has by default. */
export interface EdmDefaults {
  readonly sigmaMin: number;
  readonly sigmaMax: number;
  readonly sigmaData: number;
  readonly rule: 'karras' | 'exponential';
  readonly prediction: 'epsilon' | 'v_prediction';
  /** What the network is told as time. */
  readonly time?: 'arctan';
}

/** Schedule, grid and parameterization of the classes whose networks are preconditioned as in EDM. */
export function readEdmParts(
  file: SchedulerFile,
  defaults: EdmDefaults,
): { readonly schedule: Use; readonly grid: Use; readonly parameterization: Use } {
  const { config } = file;
  const positive = { min: Number.MIN_VALUE };
  const sigmaMin = config.number('sigma_min', defaults.sigmaMin, positive);
  const sigmaMax = config.number('sigma_max', defaults.sigmaMax, positive);
  const sigmaData = config.number('sigma_data', defaults.sigmaData, positive);
  const rule = config.choice('sigma_schedule', defaults.rule, ['karras', 'exponential']);
  const rho = rule === 'karras' ? config.number('rho', 7, positive) : undefined;
  const zero = config.choice('final_sigmas_type', 'zero', ['zero', 'sigma_min']) === 'zero';
  const prediction = readPredictionType(config, ['epsilon', 'v_prediction'], defaults.prediction);
  return {
    schedule: use('edm', { sigmaMin, sigmaMax }),
    grid: use(rule, {
      rho: rho === 7 ? undefined : rho,
      final: zero ? undefined : file.repeats('no-op-last-step') ? 'repeat' : 'sigma-min',
    }),
    parameterization: use('edm', {
      sigmaData,
      time: defaults.time,
      negated: prediction === 'v_prediction' ? true : undefined,
    }),
  };
}
