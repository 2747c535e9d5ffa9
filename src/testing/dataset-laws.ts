import type { Column } from '../core/contracts/columns.js';
import type { Batch, BatchRequest, Dataset } from '../core/contracts/dataset.js';
import { checkedBatch, checkedShare, dataOf } from '../core/training/batch-columns.js';
import { lawsOf } from './broken-law.js';

const holds = lawsOf('datasets');

/** How `datasetLaws` asks. */
export interface DatasetCase {
  readonly seed?: number;
  readonly batchSize: number;
  /** Whether two examples of the dataset may be equal, so that an equal pair is no sign of a repeat. */
  readonly equalExamples?: boolean;
}

/**
 * Checks the laws of the dataset contract: equal requests give equal bytes in whatever order they come, an epoch has
 * `floor(size / batch size)` batches and no example twice, a share of a batch is these rows of it, epochs and seeds differ in order (where a batch of 4 or more of
 * at least 16 examples makes chance unlikely), shapes, columns and labels
 * are as `info` says, and images lie in [-1, 1].
 *
 * @throws Error that says which law is broken.
 */
export async function datasetLaws(
  dataset: Dataset,
  { seed = 7, batchSize, equalExamples = false }: DatasetCase,
): Promise<void> {
  const count = Math.floor(dataset.info.size / batchSize);
  holds(count >= 1, 'the batch size of the case fits the dataset');
  const ask = async (request: Partial<BatchRequest>): Promise<Batch> =>
    structuredClone(await dataset.batch({ seed, epoch: 0, index: 0, size: batchSize, ...request }));
  const epoch: Batch[] = [];
  for (let index = 0; index < count; index += 1) epoch.push(await ask({ index }));
  for (const batch of epoch) checkBatch(dataset, batch, batchSize);
  const examples = epoch.flatMap((batch) => rows(batch));
  holds(equalExamples || new Set(examples).size === examples.length, 'an epoch visits no example twice');
  const others = [await ask({ epoch: 1 }), await ask({ seed: seed + 1 })];
  for (const other of others) {
    holds(batchSize < 4 || dataset.info.size < 16 || !same(other, epoch[0]), 'another epoch or seed has another order');
  }
  for (const index of [count - 1, 0]) {
    holds(same(await ask({ index }), epoch[index]), 'equal requests give equal bytes, whatever was asked between');
  }
  await checkShares(dataset, batchSize, ask);
}

/** Both halves of the last batch, asked for alone. */
async function checkShares(
  dataset: Dataset,
  size: number,
  ask: (request: Partial<BatchRequest>) => Promise<Batch>,
): Promise<void> {
  const index = Math.floor(dataset.info.size / size) - 1;
  const whole = await ask({ index });
  const middle = Math.ceil(size / 2);
  for (const share of [
    { first: 0, count: middle },
    { first: middle, count: size - middle },
  ]) {
    if (share.count === 0) continue;
    const given = checkedShare(await ask({ index, share }), dataset.info, size, share);
    holds(same(given, checkedShare(whole, dataset.info, size, share)), 'a share is these rows of the batch');
  }
}

function checkBatch({ info }: Dataset, batch: Batch, batchSize: number): void {
  checkedBatch(batch, info, batchSize);
  const limit = info.shape.length === 3 ? 1 : Number.MAX_VALUE;
  const inside = dataOf(batch).data.every((value) => Math.abs(value) <= limit);
  holds(inside, 'images lie in [-1, 1], points are finite');
  const declared = info.columns ?? { data: {}, ...(info.classes === undefined ? {} : { label: {} }) };
  const names = Object.keys(batch.columns).toSorted().join();
  holds(names === Object.keys(declared).toSorted().join(), 'a batch has the columns that `info` declares');
  const { label } = batch.columns;
  if (info.classes === undefined) return;
  const classes = info.classes;
  holds(label?.kind === 'numbers' && label.data instanceof Int32Array, 'labels are a column of int32 numbers');
  const valid = label?.kind === 'numbers' && label.data.every((one) => one >= 0 && one < classes);
  holds(valid, 'labels are 0 ... classes - 1');
}

function rows(batch: Batch): string[] {
  const { data } = dataOf(batch);
  const length = data.length / batch.count;
  return Array.from({ length: batch.count }, (_, i) => data.subarray(i * length, (i + 1) * length).join());
}

function same(a: Batch, b: Batch | undefined): boolean {
  return textOf(a) === (b && textOf(b));
}

/** All columns as text, so that batches can be compared. */
function textOf({ columns }: Batch): string {
  return Object.keys(columns)
    .toSorted()
    .map((name) => `${name}: ${columnText(columns[name])}`)
    .join(';');
}

function columnText(column: Column | undefined): string {
  if (column?.kind === 'text') return JSON.stringify(column.values);
  if (column?.kind === 'ragged') return column.rows.map(columnText).join('|');
  return column === undefined ? '' : `${column.shape.join()}: ${column.data.join()}`;
}
