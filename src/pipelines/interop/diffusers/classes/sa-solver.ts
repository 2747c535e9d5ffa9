import { multistepParts, type MultistepKeys } from '../multistep-parts.js';
import type { SchedulerFile, SchedulerParts } from '../scheduler-file.js';
import { timeOfSigma } from '../shifted-sigmas.js';
import { use } from '../use.js';
import { trainStepsOf } from '../vp-schedule.js';

const KEYS: MultistepKeys = { spaced: true, clipped: true, final: 'sigma-min', ruleFinal: 'repeat' };

/** `SASolverScheduler`. Its `tau_func` is code, which a config cannot carry; where it is null, noise is drawn in the middle. */
export function readSaSolver(file: SchedulerFile): SchedulerParts {
  const { config } = file;
  const algorithm = config.choice('algorithm_type', 'data_prediction', ['data_prediction', 'noise_prediction']);
  if (config.has('tau_func')) config.refuse('tau_func', 'null: a function is no JSON');
  const form = algorithm === 'data_prediction' ? 'x0' : 'noise';
  const sampler = use('sa-solver', {
    predictorOrder: config.integer('predictor_order', 2, { min: 1, max: 4 }),
    correctorOrder: config.integer('corrector_order', 2, { min: 1, max: 4 }),
    form: form === 'noise' ? form : undefined,
    tauTimes: noisyTimes(file),
    lowerOrderFinal: config.flag('lower_order_final', true) ? true : undefined,
  });
  return multistepParts(file, sampler, KEYS, form);
}

/** The times between which noise is drawn: training steps 200 to 800, cut off to whole ones on the flow path. */
function noisyTimes({ config }: SchedulerFile): readonly [number, number] {
  if (!config.flag('use_flow_sigmas', false)) return [200, 800];
  const shift = config.number('flow_shift', 1, { min: Number.MIN_VALUE });
  const trainSteps = trainStepsOf(config);
  const [least, largest] = [200 / trainSteps, 801 / trainSteps];
  return [timeOfSigma(least, shift), timeOfSigma(largest, shift) * (1 - Number.EPSILON)];
}
