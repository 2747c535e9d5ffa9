import * as tf from '@tensorflow/tfjs';
import type { ParameterSet } from '../contracts/denoiser.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { disposeFit, initFit, type Fit, type FitState } from './fit.js';

/** A tensor as plain data, laid out as in memory (row by row). */
export interface PlainTensor {
  readonly dtype: 'float32' | 'int32';
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/** Plain tensors by name. */
export type PlainTensors = Readonly<Record<string, PlainTensor>>;

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
  const sets = { parameters, optimizer, ...(average === undefined ? {} : { average }) };
  const clones = fit.engine.run(() => mapSets(sets, (tensor) => tf.clone(tensor)));
  try {
    const read = await Promise.all(
      Object.entries(clones).map(async ([set, tensors]) => [set, await readTensors(tensors)] as const),
    );
    return { ...(Object.fromEntries(read) as unknown as Omit<FitData, 'step'>), step };
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
    checkFits(data.optimizer, fresh.optimizer, 'optimiser state');
    if (fresh.average !== undefined) checkFits(data.average ?? {}, fresh.average, 'averaged weights');
    const sets = {
      parameters: data.parameters,
      optimizer: data.optimizer,
      ...(fresh.average === undefined ? {} : { average: data.average ?? {} }),
    };
    return { ...fit.engine.run(() => mapSets(sets, toTensor)), step: data.step };
  } finally {
    disposeFit(fresh);
  }
}

/** Maps the tensors of several sets and keeps the names. */
function mapSets<S extends Readonly<Record<string, Readonly<Record<string, T>>>>, T>(
  sets: S,
  map: (tensor: T) => tf.Tensor,
): { [K in keyof S]: Record<string, tf.Tensor> } {
  const mapped = Object.entries(sets).map(([set, tensors]) => [
    set,
    Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, map(tensor)])),
  ]);
  return Object.fromEntries(mapped) as { [K in keyof S]: Record<string, tf.Tensor> };
}

async function readTensors(tensors: ParameterSet): Promise<PlainTensors> {
  const read = Object.entries(tensors).map(async ([name, tensor]) => {
    const dtype: PlainTensor['dtype'] = tensor.dtype === 'int32' ? 'int32' : 'float32';
    const data = Float32Array.from(await tensor.data());
    return [name, { dtype, shape: [...tensor.shape], data: dtype === 'int32' ? Int32Array.from(data) : data }] as const;
  });
  return Object.fromEntries(await Promise.all(read));
}

function toTensor({ data, shape, dtype }: PlainTensor): tf.Tensor {
  return tf.tensor(data.slice(), [...shape], dtype);
}

function checkFits(data: PlainTensors, like: ParameterSet, what: string): void {
  const missing = Object.keys(like).filter((name) => data[name]?.shape.join() !== like[name]?.shape.join());
  const unknown = Object.keys(data).filter((name) => !(name in like));
  const [name] = [...missing, ...unknown];
  if (name === undefined) return;
  const shown = (tensor: { readonly shape: readonly number[] } | undefined): string =>
    tensor === undefined ? 'nothing' : `[${tensor.shape.join(', ')}]`;
  throw new DiffusionError('RXD_PARAMETERS_MISMATCH', {
    problem: `the ${what} of a checkpoint do not fit: ${missing.length + unknown.length} names or shapes differ`,
    got: `${name}: ${shown(data[name])}`,
    expected: `${name}: ${shown(like[name])}`,
    fix: 'resume with the recipe that the checkpoint was written with',
  });
}
