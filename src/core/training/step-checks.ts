import * as tf from '@tensorflow/tfjs';
import type { Conditioning } from '../contracts/conditioning.js';
import type { ParameterSet } from '../contracts/denoiser.js';
import { DiffusionError, type DiffusionErrorDetails } from '../errors/diffusion-error.js';
import { formatValue } from '../errors/format-value.js';
import { isSameShape } from '../tensors/same-shape.js';

const shown = (value: unknown): string =>
  value instanceof tf.Tensor ? `${value.dtype} [${value.shape.join(', ')}]` : `no tensor (${typeof value})`;
/** What a tensor must be. */
interface Form {
  readonly shape: readonly number[];
  readonly dtype: tf.DataType;
}

const isTensor = (value: unknown, { shape, dtype }: Form): boolean =>
  value instanceof tf.Tensor && !value.isDisposed && value.dtype === dtype && isSameShape(value.shape, shape);

/** `RXD_PLUGIN_OUTPUT` of a plugin. */
export function badOutput(plugin: string, details: Omit<DiffusionErrorDetails, 'plugin'>): DiffusionError {
  return new DiffusionError('RXD_PLUGIN_OUTPUT', { ...details, plugin });
}

/** @throws DiffusionError `RXD_PLUGIN_OUTPUT` unless the network's output has the shape and type of `x` */
export function checkOutputShape(plugin: string, output: tf.Tensor, x: tf.Tensor): void {
  if (isTensor(output, x)) return;
  throw badOutput(plugin, {
    problem: "the network's output has another shape or type than the noisy batch",
    got: shown(output),
    expected: shown(x),
    fix: 'return a tensor like x, or { output, losses?, auxiliary? }; a learned variance needs an objective that trains it',
  });
}

/** @throws DiffusionError `RXD_PLUGIN_OUTPUT` unless there is one loss for each sample */
export function checkLossShape(plugin: string, losses: tf.Tensor, x: tf.Tensor): void {
  const expected = x.shape.slice(0, 1);
  if (isTensor(losses, { shape: expected, dtype: 'float32' })) return;
  throw badOutput(plugin, {
    problem: 'the objective must give one loss for each sample',
    got: shown(losses),
    expected: `float32 [${expected.join()}]`,
    fix: 'average over all axes but the first in `loss`',
  });
}

/** @throws DiffusionError `RXD_PLUGIN_OUTPUT` unless each loss of a network is one number, or one for each sample */
export function checkNetworkLosses(plugin: string, losses: ParameterSet, x: tf.Tensor): void {
  const each = x.shape.slice(0, 1);
  const isLoss = (value: unknown): boolean =>
    isTensor(value, { shape: [], dtype: 'float32' }) || isTensor(value, { shape: each, dtype: 'float32' });
  const wrong = Object.entries(losses).find(([, value]) => !isLoss(value));
  if (wrong === undefined) return;
  throw badOutput(plugin, {
    problem: `the loss \`${wrong[0]}\` of the network is neither one number nor one for each sample`,
    got: shown(wrong[1]),
    expected: `float32 [] or [${each.join()}]`,
    fix: 'average over all axes but the first in `predict`',
  });
}

/** @throws DiffusionError `RXD_PLUGIN_OUTPUT` unless an update keeps the names and shapes of weights or state */
export function checkUpdate(plugin: string, updated: ParameterSet, before: ParameterSet): void {
  const changed = Object.keys(before).find((name) => !isTensor(updated?.[name], before[name] as tf.Tensor));
  const name = changed ?? Object.keys(updated ?? {}).find((one) => !(one in before));
  if (name === undefined) return;
  throw badOutput(plugin, {
    problem: `the update does not keep the name, shape or type of ${name}`,
    got: shown(updated?.[name]),
    expected: shown(before[name]),
    fix: 'return one tensor of the same shape and type for every parameter and every entry of the state',
  });
}

/** @throws DiffusionError `RXD_PLUGIN_OUTPUT` unless these are tensors by name */
export function checkTensors(plugin: string, tensors: ParameterSet): ParameterSet {
  const wrong = Object.entries(tensors).find(([, tensor]) => !(tensor instanceof tf.Tensor));
  if (wrong === undefined) return tensors;
  throw badOutput(plugin, {
    problem: `${wrong[0]} is not a tensor`,
    got: typeof wrong[1],
    expected: 'tensors by name',
    fix: 'return a record of tensors',
  });
}

/** @throws DiffusionError `RXD_PLUGIN_OUTPUT` where a plugin disposed of what it was lent */
export function checkUndisposed(plugin: string, lent: readonly tf.Tensor[]): void {
  if (lent.every((tensor) => !tensor.isDisposed)) return;
  throw badOutput(plugin, {
    problem: 'a plugin disposed of a tensor that belongs to the run',
    got: 'a disposed input',
    expected: 'inputs left as they are',
    fix: 'never call dispose in a plugin: the run frees what an update no longer holds',
  });
}

/** @throws DiffusionError `RXD_PLUGIN_OUTPUT` unless each condition is a tensor with a row for each sample */
export function checkConditions(plugin: string, conditioning: Conditioning, count: number): void {
  const wrong = Object.entries(conditioning).find(
    ([, tensor]) => !(tensor instanceof tf.Tensor) || tensor.isDisposed || tensor.shape[0] !== count,
  );
  if (wrong === undefined) return;
  throw badOutput(plugin, {
    problem: `the condition \`${wrong[0]}\` is not a tensor with a row for each sample`,
    got: shown(wrong[1]),
    expected: `${count} rows`,
    fix: 'return tensors, batch first, with as many rows as the inputs',
  });
}

/** One number for each sample. */
export type Numbers = readonly number[];

/** @throws DiffusionError `RXD_PLUGIN_OUTPUT` of this plugin where a number is NaN or infinite */
export function checkFinite(plugin: string, columns: Readonly<Record<string, Numbers>>): void {
  for (const [name, numbers] of Object.entries(columns)) {
    const index = numbers.findIndex((value) => !Number.isFinite(value));
    if (index < 0) continue;
    throw badOutput(plugin, {
      problem: numbers.length > 1 ? `${name} of sample ${index} is not finite` : `${name} is not finite`,
      got: formatValue(numbers[index]),
      expected: 'a finite number',
      fix: 'correct the plugin, or keep its input (noise level, step) in the range that it can take',
    });
  }
}

/** What one update reports of itself. */
export interface UpdateNumbers {
  /** Mean loss over the samples of the update. */
  readonly loss: number;
  /** Means of the losses that the network adds, by name; absent where it adds none. */
  readonly losses?: Readonly<Record<string, number>>;
  /** Global norm of the gradients before clipping. */
  readonly gradientNorm: number;
}
