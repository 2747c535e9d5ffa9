import type * as tf from '@tensorflow/tfjs';
import type { ParameterSet } from '../contracts/denoiser.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { pluginName, type PluginNames } from './plugin-faults.js';

const shown = (shape: readonly number[]): string => `shape [${shape.join(', ')}]`;
const equal = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((side, index) => side === b[index]);

/** @throws DiffusionError `RXD_PLUGIN_OUTPUT` unless the network's output has the shape of `x` */
export function checkOutputShape(output: tf.Tensor, x: tf.Tensor, names: PluginNames): void {
  if (equal(output.shape, x.shape)) return;
  throw new DiffusionError('RXD_PLUGIN_OUTPUT', {
    plugin: pluginName(names, 'denoiser'),
    problem: "the network's output has another shape than the noisy batch",
    got: shown(output.shape),
    expected: shown(x.shape),
    fix: 'correct `predict`; networks that learn their variance need an objective that trains it',
  });
}

/** @throws DiffusionError `RXD_PLUGIN_OUTPUT` unless there is one loss for each sample */
export function checkLossShape(losses: tf.Tensor, x: tf.Tensor, names: PluginNames): void {
  const expected = x.shape.slice(0, 1);
  if (equal(losses.shape, expected)) return;
  throw new DiffusionError('RXD_PLUGIN_OUTPUT', {
    plugin: pluginName(names, 'objective'),
    problem: 'the objective must give one loss for each sample',
    got: shown(losses.shape),
    expected: shown(expected),
    fix: 'average over all axes but the first in `loss`',
  });
}

/** @throws DiffusionError `RXD_PLUGIN_OUTPUT` unless an update keeps the names and shapes of the weights */
export function checkUpdate(updated: ParameterSet, parameters: ParameterSet, names: PluginNames): void {
  const changed = Object.entries(parameters).find(
    ([name, { shape }]) => !equal(updated[name]?.shape ?? [Number.NaN], shape),
  );
  const added = Object.keys(updated).find((name) => !(name in parameters));
  if (changed === undefined && added === undefined) return;
  const name = changed?.[0] ?? added ?? '';
  throw new DiffusionError('RXD_PLUGIN_OUTPUT', {
    plugin: pluginName(names, 'optimizer'),
    problem: `the update does not keep the name or shape of ${name}`,
    got: updated[name] === undefined ? 'no such parameter' : shown(updated[name].shape),
    expected: parameters[name] === undefined ? 'no such parameter' : shown(parameters[name].shape),
    fix: 'return one tensor of the same shape for every parameter',
  });
}

/** One number for each sample. */
export type Numbers = readonly number[];

/** @throws DiffusionError `RXD_PLUGIN_OUTPUT` with plugin and step where a number is NaN or infinite */
export function checkFinite(columns: Readonly<Record<string, Numbers>>, plugin: string, step: number): void {
  for (const [name, numbers] of Object.entries(columns)) {
    const index = numbers.findIndex((value) => !Number.isFinite(value));
    if (index < 0) continue;
    throw new DiffusionError('RXD_PLUGIN_OUTPUT', {
      plugin,
      step,
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

/** @throws DiffusionError `RXD_PLUGIN_OUTPUT` with plugin and step where loss or gradient is NaN or infinite */
export function checkLoss({ loss, gradientNorm }: UpdateNumbers, step: number, names: PluginNames): void {
  if (Number.isFinite(loss) && Number.isFinite(gradientNorm)) return;
  throw new DiffusionError('RXD_PLUGIN_OUTPUT', {
    plugin: pluginName(names, 'objective'),
    step,
    problem: Number.isFinite(loss) ? 'the gradient of the loss is not finite' : 'the loss is not finite',
    got: `loss ${loss}, gradient norm ${gradientNorm}`,
    expected: 'finite numbers',
    fix: 'lower the learning rate or lengthen its warm-up; check the data for NaN',
  });
}
