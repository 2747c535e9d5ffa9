import * as tf from '@tensorflow/tfjs';
import type { ParameterSet } from '../contracts/denoiser.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { identityOf } from '../plugins/plugin-identity.js';
import type { PlainTensor, PlainTensors } from '../tensors/plain-tensor.js';
import { disposeFit, initFit, type Fit, type FitState } from './fit.js';

/** A `FitState` as plain data: what a checkpoint holds of a fit. */
export interface FitData {
  readonly parameters: PlainTensors;
  readonly optimizer: PlainTensors;
  readonly average?: PlainTensors;
  /** Updates done so far. */
  readonly step: number;
}

/**
 * Reads a state into plain data. It reads clones made at the call, so the state may advance meanwhile.
 */
export async function fitToData(fit: Fit, state: FitState): Promise<FitData> {
  const { parameters, optimizer, average, step } = state;
  const clones = fit.engine.run(() => ({
    parameters: mapped(parameters, tf.clone),
    optimizer: mapped(optimizer, tf.clone),
    average: mapped(average ?? {}, tf.clone),
  }));
  try {
    const kept = average === undefined ? {} : { average: await readTensors(clones.average) };
    return {
      parameters: await readTensors(clones.parameters),
      optimizer: await readTensors(clones.optimizer),
      ...kept,
      step,
    };
  } finally {
    tf.dispose(clones);
  }
}

/**
 * Makes a state of plain data; the caller owns it. Training goes on from it exactly as from the state that was read.
 *
 * @param parameters - weights whose names and shapes the data must have (the denoiser's own)
 * @throws DiffusionError `RXD_PARAMETERS_MISMATCH` where names or shapes differ
 */
export function fitFromData(fit: Fit, parameters: ParameterSet, data: FitData): FitState {
  const fresh = initFit(fit, parameters);
  try {
    checkFits(data.parameters, fresh.parameters, 'weights');
    checkFits(data.optimizer, fresh.optimizer, 'optimiser state', identityOf(fit.optimizer, 'optimizer'));
    if (fresh.average !== undefined) checkFits(data.average ?? {}, fresh.average, 'averaged weights');
    return fit.engine.run(() => ({
      parameters: mapped(data.parameters, toTensor),
      optimizer: mapped(data.optimizer, toTensor),
      ...(fresh.average === undefined ? {} : { average: mapped(data.average ?? {}, toTensor) }),
      step: data.step,
    }));
  } finally {
    disposeFit(fresh);
  }
}

function mapped<T>(set: Readonly<Record<string, T>>, map: (tensor: T) => tf.Tensor): Record<string, tf.Tensor> {
  return Object.fromEntries(Object.entries(set).map(([name, tensor]) => [name, map(tensor)]));
}

async function readTensors(tensors: ParameterSet): Promise<PlainTensors> {
  const read = Object.entries(tensors).map(async ([name, tensor]) => [name, await readTensor(tensor)] as const);
  return Object.fromEntries(await Promise.all(read));
}

async function readTensor(tensor: tf.Tensor): Promise<PlainTensor> {
  const data = await tensor.data();
  const shape = [...tensor.shape];
  if (tensor.dtype === 'int32') return { dtype: 'int32', shape, data: Int32Array.from(data) };
  return { dtype: 'float32', shape, data: Float32Array.from(data) };
}

function toTensor({ data, shape, dtype }: PlainTensor): tf.Tensor {
  return tf.tensor(data.slice(), [...shape], dtype);
}

function checkFits(data: PlainTensors, like: ParameterSet, what: string, plugin?: string): void {
  const missing = Object.keys(like).filter((name) => data[name]?.shape.join() !== like[name]?.shape.join());
  const unknown = Object.keys(data).filter((name) => !Object.hasOwn(like, name));
  const [name] = [...missing, ...unknown];
  if (name === undefined) return;
  const shown = (tensor: { readonly shape: readonly number[] } | undefined): string =>
    tensor === undefined ? 'nothing' : `[${tensor.shape.join(', ')}]`;
  throw new DiffusionError('RXD_PARAMETERS_MISMATCH', {
    problem: `the ${what} of a checkpoint do not fit: ${missing.length + unknown.length} names or shapes differ`,
    got: `${name}: ${shown(data[name])}`,
    expected: `${name}: ${shown(like[name])}`,
    fix: 'resume with the recipe that the checkpoint was written with',
    ...(plugin === undefined ? {} : { plugin }),
  });
}
