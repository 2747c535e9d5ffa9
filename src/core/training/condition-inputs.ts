import * as tf from '@tensorflow/tfjs';
import type { ColumnNumbers, NumbersColumn } from '../contracts/columns.js';
import type { ConditionInputs } from '../contracts/conditioning.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { formatValue } from '../errors/format-value.js';

/**
 * What a conditioner prepared, if it is columns of numbers with a row for each sample, or one for all.
 *
 * @throws DiffusionError `RXD_PLUGIN_OUTPUT` naming the column
 */
export function readInputs(inputs: ConditionInputs, count: number, plugin: string): ConditionInputs {
  for (const [name, column] of Object.entries(inputs ?? {}) as [string, Partial<NumbersColumn> | undefined][]) {
    const { data, shape } = column ?? {};
    const size = shape?.reduce((product, side) => product * side, 1);
    if (isNumbers(data) && data.length === size && (shape?.[0] === count || shape?.[0] === 1)) continue;
    throw new DiffusionError('RXD_PLUGIN_OUTPUT', {
      problem: `the conditioner prepared no proper column \`${name}\``,
      got: `shape [${formatValue(shape)}] with ${formatValue(data?.length)} numbers`,
      expected: `a column of numbers with ${count} rows, or one row for all`,
      fix: "return { name: { kind: 'numbers', data, shape: [rows, …] } } from `prepare`",
      plugin,
    });
  }
  return inputs ?? {};
}

/** Rows `from` … `to - 1`; a row that stands for all is repeated. */
export function rowsOf({ data, shape, kind }: NumbersColumn, from: number, to: number): NumbersColumn {
  const [rows = 0, ...row] = shape;
  const width = row.reduce((product, side) => product * side, 1);
  const taken = (): ColumnNumbers => {
    if (rows > 1 || to - from === 1) return data.subarray(rows > 1 ? from * width : 0, rows > 1 ? to * width : width);
    const all = data.slice(0, 0).constructor as new (length: number) => ColumnNumbers;
    const repeated = new all((to - from) * width);
    for (let at = 0; at < repeated.length; at += width) repeated.set(data, at);
    return repeated;
  };
  return { kind, data: taken(), shape: [to - from, ...row] };
}

/** The columns as tensors: bytes become numbers from 0 to 255. Runs in the caller's tidy. */
export function inputTensors(inputs: ConditionInputs): Readonly<Record<string, tf.Tensor>> {
  const made = Object.entries(inputs).map(([name, { data, shape }]) => [
    name,
    data instanceof Int32Array ? tf.tensor(data, [...shape], 'int32') : tf.tensor(Float32Array.from(data), [...shape]),
  ]);
  return Object.fromEntries(made) as Readonly<Record<string, tf.Tensor>>;
}

function isNumbers(data: unknown): data is ColumnNumbers {
  return data instanceof Float32Array || data instanceof Int32Array || data instanceof Uint8Array;
}
