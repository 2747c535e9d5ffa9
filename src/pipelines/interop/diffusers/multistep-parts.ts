import type { Use } from '../../../core/assembly/recipe.js';
import { readThreshold } from './clip.js';
import { checkShift, readFlowSigmas } from './flow-sigmas.js';
import { readLambdaGrid, type LambdaKeys } from './lambda-grid.js';
import {
  checkPredictionFits,
  flowParameterization,
  readPrediction,
  readPredictionType,
  type PredictionType,
} from './prediction.js';
import type { SchedulerFile, SchedulerParts } from './scheduler-file.js';
import { readVpSchedule, trainStepsOf } from './vp-schedule.js';

/** What the classes of the DPM-Solver family know beside the keys of their grid. */
export interface MultistepKeys extends LambdaKeys {
  readonly zeroSnr?: boolean;
  /** `use_dynamic_shifting` with `mu`. */
  readonly dynamic?: boolean;
}

/** Orders that fall towards the end of a run, in classes that do so below 15 steps. */
export function readLowerOrderFinal({ config, steps }: SchedulerFile, fallback = true): boolean {
  return config.flag('lower_order_final', fallback) && steps < 15;
}

/** Schedule, grid, prediction and thresholding of a class of the DPM-Solver family, with a sampler. */
export function multistepParts(
  file: SchedulerFile,
  sampler: Use,
  keys: MultistepKeys,
  form: 'x0' | 'noise',
  flowSigmas: (file: SchedulerFile, keys: LambdaKeys) => Pick<SchedulerParts, 'schedule' | 'grid'> = readFlowSigmas,
): SchedulerParts {
  const { config } = file;
  const clip = readThreshold(file);
  if (keys.dynamic === true) checkShift(file);
  const known: readonly PredictionType[] = ['epsilon', 'sample', 'v_prediction', 'flow_prediction'];
  const isFlow = config.flag('use_flow_sigmas', false);
  const prediction = readPredictionType(config, form === 'x0' ? known : known.slice(0, 3));
  checkPredictionFits(prediction, isFlow);
  if (!isFlow)
    return {
      schedule: readVpSchedule(config, keys.zeroSnr === true ? { zeroSnr: 'tiny' } : {}),
      grid: readLambdaGrid(file, keys),
      sampler,
      parameterization: readPrediction(config, known),
      clip,
    };
  const parameterization = flowParameterization(file, prediction, trainStepsOf(config));
  return { ...flowSigmas(file, keys), sampler, parameterization, clip };
}
