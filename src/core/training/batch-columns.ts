import type { Column, NumbersColumn } from '../contracts/columns.js';
import type { Batch, BatchShare, DatasetInfo } from '../contracts/dataset.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { formatValue } from '../errors/format-value.js';

/** The column that is learned, as floats. */
export interface DataColumn extends NumbersColumn {
  readonly data: Float32Array;
}

/** The column `data` of a batch that was checked. */
export function dataOf({ columns }: Batch): DataColumn {
  return columns['data'] as DataColumn;
}

/** A batch of one column of floats, with labels where there are any. */
export function batchOf(data: Float32Array, shape: readonly number[], labels?: Int32Array): Batch {
  const count = shape[0] ?? 0;
  const label = labels && ({ kind: 'numbers', data: labels, shape: [count] } as const);
  return { count, columns: { data: { kind: 'numbers', data, shape }, ...(label ? { label } : {}) } };
}

/**
 * A batch of a dataset, if it is one: as many rows in each column as it was asked for, and `data` of `info.shape`.
 *
 * @throws DiffusionError `RXD_PLUGIN_OUTPUT`
 */
export function checkedBatch(batch: Batch, { shape }: Pick<DatasetInfo, 'shape'>, size: number): Batch {
  const { count, columns } = (batch ?? {}) as Partial<Batch>;
  if (count !== size || typeof columns !== 'object' || columns === null)
    throw wrongBatch(`count ${formatValue(count)}, columns ${formatValue(columns)}`, `count ${size}, and columns`);
  const expected = [size, ...shape];
  const data = columns['data'] as Partial<NumbersColumn> | undefined;
  if (data?.shape?.join() !== expected.join() || !(data.data instanceof Float32Array))
    throw wrongBatch(
      `data [${formatValue(data?.shape)}] of ${formatValue(data?.data)}`,
      `data [${expected.join(', ')}] in a Float32Array`,
    );
  for (const [name, column] of Object.entries(columns)) {
    const rows = countIn(column);
    if (rows !== size) throw wrongBatch(`${formatValue(rows)} rows of ${name}`, `${size} rows in each column`);
  }
  return batch;
}

/**
 * The rows of a share, of what a dataset gave for a batch: it may have given the whole batch, or the share alone.
 *
 * @param size - examples of the whole batch
 * @throws DiffusionError `RXD_PLUGIN_OUTPUT`
 */
export function checkedShare(
  batch: Batch,
  info: Pick<DatasetInfo, 'shape'>,
  size: number,
  { first, count }: BatchShare = { first: 0, count: size },
): Batch {
  if (batch?.count === count) return checkedBatch(batch, info, count);
  const { columns } = checkedBatch(batch, info, size);
  const cut = Object.entries(columns).map(([name, column]) => [name, rowsIn(column, first, first + count)] as const);
  return { count, columns: Object.fromEntries(cut) };
}

/** Whether a share is at least one row of a batch, and no other rows. */
export function isShareOf(share: unknown, size: number): share is BatchShare {
  const { first = -1, count = 0 } = (share ?? {}) as Partial<BatchShare>;
  return (
    Number.isSafeInteger(first) && Number.isSafeInteger(count) && first >= 0 && count >= 1 && first + count <= size
  );
}

function rowsIn(column: Column, from: number, to: number): Column {
  if (column.kind === 'text') return { ...column, values: column.values.slice(from, to) };
  if (column.kind === 'ragged') return { ...column, rows: column.rows.slice(from, to) };
  const [, ...row] = column.shape;
  const width = row.reduce((product, side) => product * side, 1);
  return { ...column, data: column.data.slice(from * width, to * width), shape: [to - from, ...row] };
}

/** Rows of a column in another order: row `i` of the result is row `chosen[i]`; none is chosen twice. */
export function chosenRows(column: Column, chosen: Int32Array): Column {
  if (column.kind === 'text') return { ...column, values: Array.from(chosen, (row) => column.values[row] ?? '') };
  if (column.kind === 'ragged') return { ...column, rows: [...chosen].flatMap((row) => column.rows[row] ?? []) };
  const [, ...shape] = column.shape;
  const width = shape.reduce((product, side) => product * side, 1);
  const data = column.data.slice(0, chosen.length * width);
  chosen.forEach((row, i) => data.set(column.data.subarray(row * width, (row + 1) * width), i * width));
  return { ...column, data, shape: [chosen.length, ...shape] };
}

/** Rows of a column, if it is one. */
function countIn(column: Column | undefined): number | undefined {
  if (column?.kind === 'text')
    return column.values.every((text) => typeof text === 'string') ? column.values.length : undefined;
  if (column?.kind === 'ragged') return column.rows.length;
  if (column?.kind !== 'numbers' || !Array.isArray(column.shape)) return undefined;
  const size = column.shape.reduce((product: number, side: number) => product * side, 1);
  return ArrayBuffer.isView(column.data) && column.data.length === size ? column.shape[0] : undefined;
}

function wrongBatch(got: string, expected: string): DiffusionError {
  return new DiffusionError('RXD_PLUGIN_OUTPUT', {
    problem: 'the dataset gave a batch of the wrong shape or type',
    got,
    expected,
    fix: "return { count, columns: { data: { kind: 'numbers', data, shape: [count, ...info.shape] }, … } }",
  });
}
