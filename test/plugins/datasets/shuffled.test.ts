import { describe, expect, it } from 'vitest';
import type { NumbersColumn } from '../../../src/core/contracts/columns.js';
import type { Batch, BatchRequest, Dataset } from '../../../src/core/contracts/dataset.js';
import { datasetLaws } from '../../../src/testing/dataset-laws.js';
import { epochOrder, shuffled } from '../../../src/plugins/datasets/shuffled.js';
import { plainNoise } from './plain-noise.js';
import { batchOf } from '../../../src/core/training/batch-columns.js';
import { dataIn, labelsIn } from '../../batch-parts.js';

const numbers = (size: number): Dataset =>
  shuffled(
    { name: 'numbers', size, shape: [2], classes: size },
    {
      labels: Int32Array.from({ length: size }, (_, i) => i),
      write: (i, target) => target.set([i, -i]),
    },
    plainNoise,
  );

describe('epochOrder', () => {
  it('is a permutation, new for every seed and epoch', () => {
    const orders = [
      [1, 0],
      [1, 1],
      [2, 0],
    ].map(([seed = 0, epoch = 0]) => epochOrder(plainNoise, seed, epoch, 1000));
    for (const order of orders) expect([...order].toSorted((a, b) => a - b)).toEqual([...Array(1000).keys()]);
    expect(new Set(orders.map((order) => order.join())).size).toBe(3);
  });

  it('favours no place: every order of three comes up equally often', () => {
    const counts = new Map<string, number>();
    for (let epoch = 0; epoch < 6000; epoch += 1) {
      const order = epochOrder(plainNoise, 3, epoch, 3).join();
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});

describe('shuffled', () => {
  it('keeps the laws', async () => {
    await datasetLaws(numbers(50), { batchSize: 7 });
    await datasetLaws(numbers(1), { batchSize: 1 });
  });

  it('keeps labels beside their examples and visits each once', async () => {
    const batches = await Promise.all(
      [0, 1, 2, 3].map((index) => Promise.resolve(numbers(12).batch({ seed: 5, epoch: 2, index, size: 3 }))),
    );
    const labels = batches.flatMap((batch) => [...labelsIn(batch)]);
    expect(batches.flatMap((batch) => [...dataIn(batch)])).toEqual(labels.flatMap((label) => [label, -label]));
    expect(labels.toSorted((a, b) => a - b)).toEqual([...Array(12).keys()]);
  });

  it('keeps further columns beside their examples, of every kind', async () => {
    const places = Array.from({ length: 12 }, (_, i) => i);
    const one = (i: number) => ({ kind: 'numbers', data: Float32Array.of(i), shape: [1, 1] }) as const;
    const dataset = shuffled(
      {
        name: 'columns',
        size: 12,
        shape: [1],
        columns: {
          data: { kind: 'numbers', dtype: 'float32', shape: [1] },
          caption: { kind: 'text' },
          pair: { kind: 'numbers', dtype: 'int32', shape: [2] },
          ragged: { kind: 'ragged', dtype: 'float32' },
        },
      },
      {
        write: (i, target) => target.fill(i),
        columns: {
          caption: { kind: 'text', values: places.map(String) },
          pair: { kind: 'numbers', data: Int32Array.from(places.flatMap((i) => [i, -i])), shape: [12, 2] },
          ragged: { kind: 'ragged', rows: places.map(one) },
        },
      },
      plainNoise,
    );
    await datasetLaws(dataset, { batchSize: 5 });
    const batch = await dataset.batch({ seed: 5, epoch: 2, index: 1, size: 3 });
    const chosen = [...dataIn(batch)];
    expect(batch.columns).toMatchObject({
      caption: { values: chosen.map(String) },
      pair: { data: Int32Array.from(chosen.flatMap((i) => [i, -i])), shape: [3, 2] },
      ragged: { rows: chosen.map(one) },
    });
  });

  it.each([
    { epoch: 0, index: 4, size: 3 },
    { epoch: 0, index: 0, size: 13 },
    { epoch: 0, index: 0, size: 0 },
    { epoch: -1, index: 0, size: 1 },
    { epoch: 0, index: 0.5, size: 1 },
    { epoch: Number.NaN, index: 0, size: 1 },
  ])('refuses %j', (request) => {
    expect(() => numbers(12).batch({ seed: 0, ...request })).toThrow(
      expect.objectContaining({ code: 'RXD_REQUEST_INVALID', plugin: 'dataset/numbers' }),
    );
  });
});

describe('datasetLaws', () => {
  const honest = numbers(20);
  const broken = (batch: (plain: Batch, index: number) => Batch): Dataset => ({
    info: honest.info,
    batch: async (request) => batch(await honest.batch(request), request.index),
  });
  let calls = 0;

  it.each([
    [
      'equal requests',
      broken((batch) =>
        batchOf(
          dataIn(batch).map((x) => x + 1e-3 * (calls += 1)),
          [5, 2],
          labelsIn(batch),
        ),
      ),
    ],
    ['twice', broken((batch) => batchOf(dataIn(batch).fill(1), [5, 2], labelsIn(batch)))],
    ['labels are', broken((batch) => batchOf(dataIn(batch), [5, 2], labelsIn(batch).fill(20)))],
    ['columns that', broken((batch) => batchOf(dataIn(batch), [5, 2]))],
    ['wrong shape', broken((batch) => batchOf(new Float32Array(15), [5, 3], labelsIn(batch)))],
    ['finite', broken((batch) => batchOf(dataIn(batch).fill(Number.NaN), [5, 2], labelsIn(batch)))],
    [
      'a share is',
      {
        info: honest.info,
        batch: async ({ share, ...whole }: BatchRequest) => {
          const { columns } = await honest.batch(whole);
          const of = share?.count ?? whole.size;
          const labels = (columns['label'] as NumbersColumn).data as Int32Array;
          return batchOf(dataIn({ count: whole.size, columns }).slice(0, of * 2), [of, 2], labels.slice(0, of));
        },
      },
    ],
  ])('notice a dataset that breaks "%s"', async (law, dataset) => {
    await expect(datasetLaws(dataset, { batchSize: 5 })).rejects.toThrow(law);
  });
});
