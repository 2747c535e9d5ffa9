import { exactReading, float64Of, fromFloat64, THREE_GAUSSIANS, type ExactReading } from 'rxdiffusion/testing';
import type { Denoised, NoiseLevel, Parameterization, Vector } from 'rxdiffusion';
import type { SchedulerConfig } from './solver-case.js';

/** What the network of a recorded run is. */
export interface ExactNetwork {
  /** What it says, in words of the record; as its config and class have it where absent. */
  readonly prediction?: string;
  readonly config: SchedulerConfig;
  readonly varianceChannel?: number | undefined;
}

type Output = (exact: ExactReading, level: NoiseLevel, x: number, config: SchedulerConfig) => number;

/** What networks of each prediction say: README of the golden data, "The model". */
const OUTPUTS: Readonly<Record<string, Output>> = {
  epsilon: ({ noise }) => noise,
  sample: ({ denoised }) => denoised,
  v_prediction: ({ denoised, noise }, { alpha, sigma }) => alpha * noise - sigma * denoised,
  flow_prediction: ({ denoised, noise }) => noise - denoised,
  minus_flow_prediction: ({ denoised, noise }) => denoised - noise,
  score: ({ noise }, { sigma }) => -noise / sigma,
};

/** The raw output F of a preconditioned network, of EDM or of consistency models. */
const preconditioned: Output = ({ denoised }, { sigma }, x, config) => {
  const isConsistency = config['_class_name'] === 'CMStochasticIterativeScheduler';
  const isCosine = config['_class_name'] === 'CosineDPMSolverMultistepScheduler';
  const data = Number(config['sigma_data'] ?? (isCosine ? 1 : 0.5));
  const least = isConsistency ? Number(config['sigma_min'] ?? 0.002) : 0;
  const skip = data ** 2 / ((sigma - least) ** 2 + data ** 2);
  const out = ((sigma - least) * data) / Math.sqrt(sigma ** 2 + data ** 2);
  const sign = (config['prediction_type'] ?? (isCosine ? 'v_prediction' : 'epsilon')) === 'v_prediction' ? -1 : 1;
  return out === 0 ? 0 : (sign * (denoised - skip * x)) / out;
};

const PRECONDITIONED = new Set([
  ...['EDMEulerScheduler', 'EDMDPMSolverMultistepScheduler', 'CosineDPMSolverMultistepScheduler'],
  'CMStochasticIterativeScheduler',
]);

function predictionOf(config: SchedulerConfig): string {
  const name = String(config['_class_name']);
  if (name.startsWith('FlowMatch'))
    return config['invert_sigmas'] === true ? 'minus_flow_prediction' : 'flow_prediction';
  if (name === 'IPNDMScheduler') return 'v_prediction';
  return name === 'ScoreSdeVeScheduler' ? 'score' : ((config['prediction_type'] as string | undefined) ?? 'epsilon');
}

/**
 * What our parameterization reads of the exact network: the network says what it said in the record, for `x` at the level
 * that it was told; the reading is at the level where `x` lies.
 */
export function readExact(
  network: ExactNetwork,
  parameterization: Parameterization,
  x: Vector,
  { level, told }: { readonly level: NoiseLevel; readonly told: NoiseLevel },
): Denoised {
  const { config, prediction = predictionOf(config), varianceChannel } = network;
  const output = PRECONDITIONED.has(String(config['_class_name'])) ? preconditioned : OUTPUTS[prediction];
  if (output === undefined) throw new Error(`the record has a prediction without a name here: ${prediction}`);
  const { denoised, noise } = parameterization.at(level);
  const values = float64Of(x);
  const out = values.map((value) => output(exactReading(THREE_GAUSSIANS, value, told), told, value, config));
  const read = (by: { readonly x: number; readonly output: number }): Vector =>
    fromFloat64(values.map((value, i) => by.x * value + by.output * (out[i] ?? Number.NaN)));
  const variance = varianceChannel === undefined ? {} : { variance: fromFloat64(values.map(() => varianceChannel)) };
  return { denoised: read(denoised), noise: read(noise), ...variance };
}
