import * as tf from '@tensorflow/tfjs';
import type { ParameterLayout, ParameterSet } from '../contracts/denoiser.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { arranged } from './arranged.js';
import type { PlainTensors } from './plain-tensor.js';

/** How a parameter lies in a checkpoint, by name. */
export type LayoutOf = ((name: string) => ParameterLayout) | undefined;

/** Names and shapes: a `ParameterSet`, or what a network plans to have. */
export type Shapes = Readonly<Record<string, { readonly shape: readonly number[] }>>;

const TO_MEMORY: Readonly<Record<ParameterLayout, readonly number[] | undefined>> = {
  same: undefined,
  linear: [1, 0],
  conv2d: [2, 3, 1, 0],
};
const TO_DISK: Readonly<Record<ParameterLayout, readonly number[] | undefined>> = {
  same: undefined,
  linear: [1, 0],
  conv2d: [3, 2, 0, 1],
};

/** Weights as they lie in memory: convolutions `[h, w, in, out]`, linear layers `[in, out]`. */
export function toMemory(tensors: PlainTensors, layoutOf: LayoutOf): PlainTensors {
  return permuted(tensors, (name) => orderInMemory(layoutOf, name));
}

/** Weights as they lie in a checkpoint: convolutions `[out, in, h, w]`, linear layers `[out, in]`. */
export function toDisk(tensors: PlainTensors, layoutOf: LayoutOf): PlainTensors {
  return permuted(tensors, (name) => orderOnDisk(layoutOf, name));
}

/**
 * Makes weights of plain data that lie in memory order; the caller owns them.
 *
 * @param like - names and shapes that they must have
 * @throws DiffusionError `RXD_PARAMETERS_MISMATCH` listing what is missing, unexpected or of another shape
 */
export function parametersOf(tensors: PlainTensors, like: Shapes): ParameterSet {
  checkParameters(tensors, like);
  const made = Object.entries(tensors).map(([name, { data, shape }]) => [name, tf.tensor(data, [...shape], 'float32')]);
  return Object.fromEntries(made) as ParameterSet;
}

/**
 * Throws `RXD_PARAMETERS_MISMATCH` listing what weights lack, have beside, or have in another shape.
 *
 * @param what - what the error calls them
 */
export function checkParameters(weights: Shapes, like: Shapes, what = 'the weights'): void {
  const missing = Object.keys(like).filter((name) => !Object.hasOwn(weights, name));
  const unexpected = Object.keys(weights).filter((name) => !Object.hasOwn(like, name));
  const misshapen = Object.keys(like).filter(
    (name) => weights[name] !== undefined && weights[name].shape.join() !== like[name]?.shape.join(),
  );
  if (missing.length + unexpected.length + misshapen.length > 0) throw mismatch(what, missing, unexpected, misshapen);
}

/** The order of axes in memory of a tensor that lies as in a checkpoint, for `arranged`. */
export const orderInMemory = (layoutOf: LayoutOf, name: string): readonly number[] | undefined =>
  TO_MEMORY[layoutOf?.(name) ?? 'same'];

/** The order of axes in a checkpoint of a tensor that lies as in memory. */
export const orderOnDisk = (layoutOf: LayoutOf, name: string): readonly number[] | undefined =>
  TO_DISK[layoutOf?.(name) ?? 'same'];

function permuted(tensors: PlainTensors, orderOf: (name: string) => readonly number[] | undefined): PlainTensors {
  const entries = Object.entries(tensors).map(([name, tensor]) => [name, arranged(tensor, orderOf(name))] as const);
  return Object.fromEntries(entries);
}

function mismatch(
  what: string,
  missing: readonly string[],
  unexpected: readonly string[],
  misshapen: readonly string[],
): DiffusionError {
  const some = (what: string, names: readonly string[]): string[] =>
    names.length === 0
      ? []
      : [`${names.length} ${what} (${names.slice(0, 4).join(', ')}${names.length > 4 ? ', …' : ''})`];
  return new DiffusionError('RXD_PARAMETERS_MISMATCH', {
    problem: `${what} do not fit the network`,
    got: [...some('missing', missing), ...some('unexpected', unexpected), ...some('of another shape', misshapen)].join(
      '; ',
    ),
    expected: 'the names and shapes of the network',
    fix: 'use the config that the weights were saved with',
  });
}
