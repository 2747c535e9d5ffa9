import * as tf from '@tensorflow/tfjs';
import type { ParameterSet } from '../contracts/denoiser.js';
import { PluginFault } from './plugin-faults.js';

const shown = (value: unknown): string =>
  value instanceof tf.Tensor ? `shape [${value.shape.join(', ')}]` : `no tensor (${typeof value})`;
const isTensor = (value: unknown, shape: readonly number[]): boolean =>
  value instanceof tf.Tensor && value.shape.join() === shape.join();

/** @throws PluginFault `RXD_PLUGIN_OUTPUT` unless the network's output has the shape of `x` */
export function checkOutputShape(output: tf.Tensor, x: tf.Tensor): void {
  if (isTensor(output, x.shape)) return;
  throw new PluginFault('denoiser', 'RXD_PLUGIN_OUTPUT', {
    problem: "the network's output has another shape than the noisy batch",
    got: shown(output),
    expected: shown(x),
    fix: 'correct `predict`; networks that learn their variance need an objective that trains it',
  });
}

/** @throws PluginFault `RXD_PLUGIN_OUTPUT` unless there is one loss for each sample */
export function checkLossShape(losses: tf.Tensor, x: tf.Tensor): void {
  const expected = x.shape.slice(0, 1);
  if (isTensor(losses, expected)) return;
  throw new PluginFault('objective', 'RXD_PLUGIN_OUTPUT', {
    problem: 'the objective must give one loss for each sample',
    got: shown(losses),
    expected: `shape [${expected.join()}]`,
    fix: 'average over all axes but the first in `loss`',
  });
}

/** @throws PluginFault `RXD_PLUGIN_OUTPUT` unless an update keeps the names and shapes of weights or state */
export function checkUpdate(updated: ParameterSet, before: ParameterSet): void {
  const changed = Object.keys(before).find((name) => !isTensor(updated?.[name], before[name]?.shape ?? []));
  const name = changed ?? Object.keys(updated ?? {}).find((one) => !(one in before));
  if (name === undefined) return;
  throw new PluginFault('optimizer', 'RXD_PLUGIN_OUTPUT', {
    problem: `the update does not keep the name or shape of ${name}`,
    got: shown(updated?.[name]),
    expected: shown(before[name]),
    fix: 'return one tensor of the same shape for every parameter and every entry of the state',
  });
}

/** @throws PluginFault `RXD_PLUGIN_OUTPUT` unless these are tensors by name */
export function checkTensors(role: string, tensors: ParameterSet): ParameterSet {
  const wrong = Object.entries(tensors).find(([, tensor]) => !(tensor instanceof tf.Tensor));
  if (wrong === undefined) return tensors;
  throw new PluginFault(role, 'RXD_PLUGIN_OUTPUT', {
    problem: `${wrong[0]} is not a tensor`,
    got: typeof wrong[1],
    expected: 'tensors by name',
    fix: 'return a record of tensors',
  });
}

/** @throws PluginFault `RXD_PLUGIN_OUTPUT` where a plugin disposed of what it was lent */
export function checkUndisposed(role: string, lent: readonly tf.Tensor[]): void {
  if (lent.every((tensor) => !tensor.isDisposed)) return;
  throw new PluginFault(role, 'RXD_PLUGIN_OUTPUT', {
    problem: 'a plugin disposed of a tensor that belongs to the run',
    got: 'a disposed input',
    expected: 'inputs left as they are',
    fix: 'never call dispose in a plugin: the run frees what an update no longer holds',
  });
}

/** One number for each sample. */
export type Numbers = readonly number[];

/** @throws PluginFault `RXD_PLUGIN_OUTPUT` of this role where a number is NaN or infinite */
export function checkFinite(role: string, columns: Readonly<Record<string, Numbers>>): void {
  for (const [name, numbers] of Object.entries(columns)) {
    const index = numbers.findIndex((value) => !Number.isFinite(value));
    if (index < 0) continue;
    throw new PluginFault(role, 'RXD_PLUGIN_OUTPUT', {
      problem: numbers.length > 1 ? `${name} of sample ${index} is not finite` : `${name} is not finite`,
      got: String(numbers[index]),
      expected: 'a finite number',
      fix: 'correct the plugin, or keep its input (noise level, step) in the range that it can take',
    });
  }
}

/** What one update reports of itself. */
export interface UpdateNumbers {
  /** Mean loss over the samples of the update. */
  readonly loss: number;
  /** Global norm of the gradients before clipping. */
  readonly gradientNorm: number;
}
