import type { Batch, BatchRequest, Dataset } from '../contracts/dataset.js';
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
 * `floor(size / batch size)` batches and no example twice, epochs and seeds differ in order (where a batch of 4 or more of
 * at least 16 examples makes chance unlikely), shapes and labels are as
 * `info` says, and images lie in [-1, 1].
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
    copy(await dataset.batch({ seed, epoch: 0, index: 0, size: batchSize, ...request }));
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
}

function checkBatch({ info }: Dataset, { data, shape, labels }: Batch, batchSize: number): void {
  holds(shape.join() === [batchSize, ...info.shape].join(), 'a batch has the shape [size, ...info.shape]');
  holds(shape.reduce((size, dimension) => size * dimension, 1) === data.length, 'the shape fits the data');
  const limit = info.shape.length === 3 ? 1 : Number.MAX_VALUE;
  const inside = data.every((value) => Math.abs(value) <= limit);
  holds(inside, 'images lie in [-1, 1], points are finite');
  holds((labels === undefined) === (info.classes === undefined), 'labels come with a number of classes');
  if (labels === undefined) return;
  const classes = info.classes ?? 0;
  holds(labels.length === batchSize, 'each example has a label');
  const valid = labels.every((label) => label >= 0 && label < classes);
  holds(valid, 'labels are 0 ... classes - 1');
}

function copy({ data, shape, labels }: Batch): Batch {
  return labels ? { data: data.slice(), shape, labels: labels.slice() } : { data: data.slice(), shape };
}

function rows({ data, shape }: Batch): string[] {
  const count = shape[0] ?? 0;
  const length = data.length / count;
  return Array.from({ length: count }, (_, i) => data.subarray(i * length, (i + 1) * length).join());
}

function same(a: Batch, b: Batch | undefined): boolean {
  return a.data.join() === b?.data.join() && a.labels?.join() === b.labels?.join();
}
