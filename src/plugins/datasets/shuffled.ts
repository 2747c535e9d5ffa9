import type { Columns } from '../../core/contracts/columns.js';
import type { Dataset, DatasetInfo } from '../../core/contracts/dataset.js';
import type { NoiseSource } from '../../core/contracts/noise-source.js';
import { batchOf, chosenRows } from '../../core/training/batch-columns.js';
import { checkBatchRequest, placesOf } from './batch-request.js';

/** Examples in memory, in whatever form; `write` turns one into floats. */
export interface Examples {
  /** One an example, 0 … classes - 1. */
  readonly labels?: Int32Array;
  /** Further columns (captions, masks, small images, …), a row for each example; `info.columns` declares them. */
  readonly columns?: Columns;
  /** Writes example `index` (`info.shape` numbers) into `target`. */
  write(index: number, target: Float32Array): void;
}

/**
 * Serves examples in an order that is new in every epoch: Fisher and Yates' shuffle (Knuth, The Art of Computer
 * Programming, volume 2, algorithm 3.4.2P) by uniforms keyed with (seed, epoch). Each epoch visits
 * `floor(size / batch size)` batches; what is left over changes with the order.
 */
export function shuffled(info: DatasetInfo, examples: Examples, noise: NoiseSource): Dataset {
  const length = info.shape.reduce((size, dimension) => size * dimension, 1);
  const order = lastOnly((seed, epoch) => epochOrder(noise, seed, epoch, info.size));
  return {
    info,
    batch(request) {
      checkBatchRequest(request, info);
      const { from, to } = placesOf(request);
      const chosen = order(request.seed, request.epoch).subarray(from, to);
      const data = new Float32Array(chosen.length * length);
      chosen.forEach((example, i) => examples.write(example, data.subarray(i * length, (i + 1) * length)));
      const batch = batchOf(data, [chosen.length, ...info.shape], examples.labels && pick(examples.labels, chosen));
      return { ...batch, columns: { ...batch.columns, ...further(examples.columns, chosen) } };
    },
  };
}

/** The order in which an epoch visits `size` examples. */
export function epochOrder(noise: NoiseSource, seed: number, epoch: number, size: number): Int32Array {
  const order = Int32Array.from({ length: size }, (_, i) => i);
  const uniforms = noise.uniform({ seed, purpose: 'dataset/shuffle', step: epoch }, size);
  for (let i = size - 1; i > 0; i -= 1) {
    const j = Math.floor((uniforms[i] ?? 0) * (i + 1));
    const moved = order[i] ?? 0;
    order[i] = order[j] ?? 0;
    order[j] = moved;
  }
  return order;
}

/** Remembers the result of the latest call, for a pure function that is asked the same many times in a row. */
export function lastOnly<T>(make: (seed: number, epoch: number) => T): (seed: number, epoch: number) => T {
  let latest: { readonly seed: number; readonly epoch: number; readonly value: T } | undefined;
  return (seed, epoch) => {
    if (latest?.seed !== seed || latest.epoch !== epoch) latest = { seed, epoch, value: make(seed, epoch) };
    return latest.value;
  };
}

function further(columns: Columns = {}, chosen: Int32Array): Columns {
  return Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, chosenRows(column, chosen)]));
}

function pick(labels: Int32Array, chosen: Int32Array): Int32Array {
  return chosen.map((example) => labels[example] ?? 0);
}
