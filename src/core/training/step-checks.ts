import type * as tf from '@tensorflow/tfjs';
import type { ParameterSet } from '../contracts/denoiser.js';
import { PluginFault } from './plugin-faults.js';

const shown = (tensor: tf.Tensor | undefined): string =>
  tensor === undefined ? 'no such parameter' : `shape [${tensor.shape.join(', ')}]`;
const equal = (a: readonly number[] | undefined, b: readonly number[]): boolean =>
  a !== undefined && a.length === b.length && a.every((side, index) => side === b[index]);

/** @throws PluginFault `RXD_PLUGIN_OUTPUT` unless the network's output has the shape of `x` */
export function checkOutputShape(output: tf.Tensor, x: tf.Tensor): void {
  if (equal(output.shape, x.shape)) return;
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
  if (equal(losses.shape, expected)) return;
  throw new PluginFault('objective', 'RXD_PLUGIN_OUTPUT', {
    problem: 'the objective must give one loss for each sample',
    got: shown(losses),
    expected: `shape [${expected.join()}]`,
    fix: 'average over all axes but the first in `loss`',
  });
}

/** @throws PluginFault `RXD_PLUGIN_OUTPUT` unless an update keeps the names and shapes of the weights */
export function checkUpdate(updated: ParameterSet, parameters: ParameterSet): void {
  const changed = Object.keys(parameters).find((name) => !equal(updated[name]?.shape, parameters[name]?.shape ?? []));
  const name = changed ?? Object.keys(updated).find((one) => !(one in parameters));
  if (name === undefined) return;
  throw new PluginFault('optimizer', 'RXD_PLUGIN_OUTPUT', {
    problem: `the update does not keep the name or shape of ${name}`,
    got: shown(updated[name]),
    expected: shown(parameters[name]),
    fix: 'return one tensor of the same shape for every parameter',
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

/** @throws PluginFault `RXD_PLUGIN_OUTPUT` of the objective where loss or gradient is NaN or infinite */
export function checkLoss({ loss, gradientNorm }: UpdateNumbers): void {
  if (Number.isFinite(loss) && Number.isFinite(gradientNorm)) return;
  throw new PluginFault('objective', 'RXD_PLUGIN_OUTPUT', {
    problem: Number.isFinite(loss) ? 'the gradient of the loss is not finite' : 'the loss is not finite',
    got: `loss ${loss}, gradient norm ${gradientNorm}`,
    expected: 'finite numbers',
    fix: 'lower the learning rate or lengthen its warm-up; check the data for NaN',
  });
}
