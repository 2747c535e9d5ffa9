import type * as tf from '@tensorflow/tfjs';
import type { ParameterSet } from '../contracts/denoiser.js';
import type { CorruptedBatch } from './corrupt-batch.js';
import { PluginFault } from './plugin-faults.js';
import type { UpdateNumbers } from './step-checks.js';

/** The part of a fit's state that is looked at. */
interface Weights {
  readonly parameters: ParameterSet;
  /** Updates done so far. */
  readonly step: number;
}

/** An update that went wrong. */
export interface FailedUpdate extends UpdateNumbers {
  /** What it started from. */
  readonly state: Weights;
  readonly batch: CorruptedBatch;
}

/**
 * Looks for whoever brought the first number that is not finite into an update. It is asked only where loss or gradient
 * are not finite, so a good update pays nothing for it.
 */
export async function firstNotFinite({ state, batch, loss, gradientNorm }: FailedUpdate): Promise<PluginFault> {
  const got = `loss ${loss}, gradient norm ${gradientNorm}`;
  if (!batch.data.every(Number.isFinite))
    return fault('dataset', 'the batch holds numbers that are not finite', got, 'check the data for NaN');
  if (!(await areFinite(state.parameters)))
    return state.step === 0
      ? fault('denoiser', 'the first weights are not finite', got, 'check where the weights come from')
      : fault('optimizer', 'the weights after the update before are not finite', got, TOO_FAST);
  const problem = Number.isFinite(loss) ? 'the gradient of the loss is not finite' : 'the loss is not finite';
  return fault('objective', problem, got, `${TOO_FAST}; the network’s output may be at fault as well`);
}

/** A fault where the last update left weights that are not finite; else nothing. */
export async function lastWeightsFault({ parameters }: Pick<Weights, 'parameters'>): Promise<PluginFault | undefined> {
  if (await areFinite(parameters)) return undefined;
  return fault('optimizer', 'the weights after the last update are not finite', 'NaN or infinity', TOO_FAST);
}

const TOO_FAST = 'lower the learning rate or lengthen its warm-up';

function fault(role: string, problem: string, got: string, fix: string): PluginFault {
  return new PluginFault(role, 'RXD_PLUGIN_OUTPUT', { problem, got, expected: 'finite numbers', fix });
}

async function areFinite(tensors: ParameterSet): Promise<boolean> {
  const isFinite = async (tensor: tf.Tensor): Promise<boolean> => (await tensor.data()).every(Number.isFinite);
  return (await Promise.all(Object.values(tensors).map(isFinite))).every(Boolean);
}
