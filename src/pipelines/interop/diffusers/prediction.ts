import type { Use } from '../../../core/assembly/recipe.js';
import { refuseScheduler } from './refuse.js';
import type { SchedulerFile } from './scheduler-file.js';
import type { SchedulerFields } from './scheduler-fields.js';
import { use } from './use.js';

const PARAMETERIZATIONS = {
  epsilon: 'epsilon',
  sample: 'x0',
  v_prediction: 'v',
  flow_prediction: 'flow',
  /** An older name of `sample`, which `EulerDiscreteScheduler` knows still. */
  original_sample: 'x0',
} as const;

/** What the network of a scheduler predicts, in words of diffusers. */
export type PredictionType = keyof typeof PARAMETERIZATIONS;

/** The parameterization of a config: one of the predictions that its class knows. */
export function readPrediction(config: SchedulerFields, known: readonly PredictionType[]): Use {
  return use(PARAMETERIZATIONS[readPredictionType(config, known)]);
}

/** What the network predicts: `prediction_type`, or `predict_epsilon` in configs from before diffusers 0.9. */
export function readPredictionType<T extends PredictionType>(
  config: SchedulerFields,
  known: readonly T[],
  fallback = 'epsilon' as T,
): T {
  if (!config.has('predict_epsilon')) return config.choice('prediction_type', fallback, known);
  const meant = config.flag('predict_epsilon', true) ? 'epsilon' : 'sample';
  const said = config.choice('prediction_type', meant as T, known);
  if (said === meant) return said;
  return refuseScheduler({
    problem: 'two keys say what the network predicts, and differ',
    got: `predict_epsilon ${meant === 'epsilon'} and prediction_type ${said}`,
    expected: `prediction_type ${meant}, or no predict_epsilon, which is the older key`,
    fix: 'leave predict_epsilon out',
  });
}

/** The parameterization of a network on the flow path, which is told sigma in training steps. */
export function flowParameterization(file: SchedulerFile, prediction: PredictionType, trainSteps: number): Use {
  const wholeTime = file.repeats('cut-off-times') ? true : undefined;
  return use(PARAMETERIZATIONS[prediction], { time: 'sigma', timeScale: trainSteps, wholeTime });
}

/** Refuses what diffusers accepts and reads wrongly: flow outputs off the flow path, v outputs on it. */
export function checkPredictionFits(prediction: PredictionType, isFlow: boolean): void {
  if (prediction !== (isFlow ? 'v_prediction' : 'flow_prediction')) return;
  refuseScheduler({
    problem: 'this prediction is not read on this path',
    got: `prediction_type ${prediction} with use_flow_sigmas ${isFlow}`,
    expected: isFlow ? 'flow_prediction, epsilon or sample' : 'epsilon, v_prediction or sample',
    fix: 'set use_flow_sigmas for networks of flow matching, and for no others',
  });
}
