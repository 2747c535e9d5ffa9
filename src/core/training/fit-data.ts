import * as tf from '@tensorflow/tfjs';
import type { ParameterSet } from '../contracts/denoiser.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { identityOf } from '../assembly/plugin-identity.js';
import type { Shapes } from '../tensors/parameters.js';
import type { PlainTensor, PlainTensors, ReadableTensors } from '../tensors/plain-tensor.js';
import { readTensors } from '../tensors/read-tensors.js';
import { flatParameters } from './trained-slots.js';
import { disposeFit, initFit, type Fit, type FitState } from './network-fit.js';

/** A `FitState` as plain data: what a checkpoint holds of a fit. */
export interface FitData {
  readonly parameters: PlainTensors;
  readonly optimizer: PlainTensors;
  readonly average?: PlainTensors;
  /** Weights that training leaves as they are, as `slot::name`. */
  readonly kept?: PlainTensors;
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
    kept: mapped(flatParameters(fit.kept ?? {}), tf.clone),
  }));
  try {
    return {
      parameters: await readTensors(clones.parameters),
      optimizer: await readTensors(clones.optimizer),
      ...(average === undefined ? {} : { average: await readTensors(clones.average) }),
      ...(fit.kept === undefined ? {} : { kept: await readTensors(clones.kept) }),
      step,
    };
  } finally {
    tf.dispose(clones);
  }
}

/** A `FitState` in a file: its tensors are read when they are needed. */
export interface ReadableFit {
  readonly parameters: ReadableTensors;
  readonly optimizer: ReadableTensors;
  readonly average?: ReadableTensors;
  readonly kept?: ReadableTensors;
  readonly step: number;
  /** Closes the file. Idempotent. */
  close?(): Promise<void>;
}

/**
 * Makes a state of data, a tensor at a time; the caller owns it. Training goes on from it exactly as from the state that was
 * read.
 *
 * @param parameters - weights whose names and shapes the data must have (the denoiser's own)
 * @throws DiffusionError `RXD_PARAMETERS_MISMATCH` where names or shapes differ, before anything is read
 */
export async function fitFromData(fit: Fit, parameters: ParameterSet, data: FitData | ReadableFit): Promise<FitState> {
  const hasAverage = checkFit(fit, parameters, data);
  const made: tf.Tensor[] = [];
  const tensorsOf = async (set: PlainTensors | ReadableTensors): Promise<ParameterSet> => {
    const tensors: Record<string, tf.Tensor> = {};
    for (const [name, tensor] of Object.entries(set)) {
      const { data: numbers, shape, dtype } = 'read' in tensor ? await tensor.read() : copied(tensor);
      made.push((tensors[name] = fit.engine.run(() => tf.tensor(numbers, [...shape], dtype))));
    }
    return tensors;
  };
  try {
    return {
      parameters: await tensorsOf(data.parameters),
      optimizer: await tensorsOf(data.optimizer),
      ...(hasAverage ? { average: await tensorsOf(data.average ?? {}) } : {}),
      step: data.step,
    };
  } catch (error) {
    tf.dispose(made);
    throw error;
  }
}

/** Compares names and shapes with those of a fresh state; gives whether the fit keeps an average. */
function checkFit(fit: Fit, parameters: ParameterSet, data: FitData | ReadableFit): boolean {
  const fresh = initFit(fit, parameters);
  try {
    checkFits(data.parameters, fresh.parameters, 'weights');
    checkFits(data.optimizer, fresh.optimizer, 'optimiser state', identityOf(fit.optimizer, 'optimizer'));
    if (fresh.average !== undefined) checkFits(data.average ?? {}, fresh.average, 'averaged weights');
    return fresh.average !== undefined;
  } finally {
    disposeFit(fresh);
  }
}

/** What is the caller's stays the caller's. */
const copied = (tensor: PlainTensor): PlainTensor => ({ ...tensor, data: tensor.data.slice() });

function mapped<T>(set: Readonly<Record<string, T>>, map: (tensor: T) => tf.Tensor): Record<string, tf.Tensor> {
  return Object.fromEntries(Object.entries(set).map(([name, tensor]) => [name, map(tensor)]));
}

function checkFits(data: Shapes, like: ParameterSet, what: string, plugin?: string): void {
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
