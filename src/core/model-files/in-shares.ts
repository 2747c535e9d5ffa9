import * as tf from '@tensorflow/tfjs';
import type { LoadedModel } from '../contracts/model-file.js';

/** Inputs of a model by name; those of `once` are the same for every row, the others have a row for each sample. */
export interface ModelInputs {
  readonly rows: Readonly<Record<string, tf.Tensor>>;
  readonly once?: Readonly<Record<string, tf.Tensor>>;
}

/** How a batch goes through a model. */
export interface Shares {
  /** Rows of the batch. */
  readonly count: number;
  /** Rows that the model takes at once; any number where absent. */
  readonly batch?: number | undefined;
  /** Shape of one row of each output. */
  readonly results: readonly (readonly number[])[];
}

/**
 * Runs a model on a batch. Where its batch is fixed, in shares of that many rows, the last one filled up with the last row,
 * whose results are dropped.
 */
export function inShares(
  model: LoadedModel,
  { rows, once = {} }: ModelInputs,
  { count, batch = count, results }: Shares,
): readonly tf.Tensor[] {
  const shapes = results.map((shape) => ({ shape: [batch, ...shape] }));
  if (batch === count) return model.run({ ...rows, ...once }, shapes);
  const shares = Math.ceil(count / batch);
  const full = shares * batch;
  const whole = Object.entries(rows).map(([name, tensor]) => [name, filledUp(tensor, full)] as const);
  const parts = Array.from({ length: shares }, (_, share) => {
    const own = whole.map(([name, tensor]) => [name, rowsOf(tensor, share * batch, batch)] as const);
    return model.run({ ...Object.fromEntries(own), ...once }, shapes);
  });
  return results.map((_, at) => rowsOf(tf.concat(parts.map((part) => part[at] as tf.Tensor)), 0, count));
}

function filledUp(tensor: tf.Tensor, rows: number): tf.Tensor {
  const count = tensor.shape[0] ?? 0;
  if (count === rows) return tensor;
  const last = rowsOf(tensor, count - 1, 1);
  return tf.concat([tensor, ...Array.from({ length: rows - count }, () => last)]);
}

function rowsOf(tensor: tf.Tensor, start: number, count: number): tf.Tensor {
  return tensor.shape[0] === count ? tensor : tf.slice(tensor, [start], [count]);
}
