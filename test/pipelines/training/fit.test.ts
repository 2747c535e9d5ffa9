import * as tf from '@tensorflow/tfjs';
import { concatMap, firstValueFrom, lastValueFrom, Subject, take, tap, toArray, type Observable } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Dataset } from '../../../src/core/contracts/dataset.js';
import type { Denoiser } from '../../../src/core/contracts/denoiser.js';
import { macrotask } from '../../../src/core/loop/macrotask.js';
import { fitToData, type FitData } from '../../../src/core/training/fit-data.js';
import { batches } from '../../../src/pipelines/training/batches.js';
import { checkpoint } from '../../../src/pipelines/training/checkpoint.js';
import { addNoise } from '../../../src/pipelines/training/add-noise.js';
import { evaluate } from '../../../src/pipelines/training/evaluate.js';
import { fit } from '../../../src/pipelines/training/fit.js';
import { trainEvents } from '../../../src/pipelines/training/train-events.js';
import type { TrainingMoment } from '../../../src/pipelines/training/training.js';
import { noising, linearDenoiser, points, tinyFit } from '../../core/training/tiny-fit.js';
import type { Column, NumbersColumn } from '../../../src/core/contracts/columns.js';
import { dataIn } from '../../batch-parts.js';
import { batchOf } from '../../../src/core/training/batch-columns.js';

const dataset: Dataset = {
  info: { name: 'points', size: 40, shape: [3] },
  batch: ({ epoch, index, size }) => points(epoch * 100 + index, size),
};

let denoiser: Denoiser;
beforeEach(async () => {
  await tf.setBackend('cpu');
  denoiser = linearDenoiser();
});
afterEach(() => denoiser.dispose?.());

interface Course {
  readonly steps: number;
  readonly from?: number;
  readonly resume?: FitData;
  readonly data?: Dataset;
}

function training({ steps, from = 0, resume, data = dataset }: Course): Observable<TrainingMoment> {
  const order = { seed: 3, size: 8, count: steps, from };
  return batches(data, order).pipe(
    addNoise(noising),
    fit({ ...tinyFit(denoiser), denoiser, steps, batchSize: 8, resume }),
  );
}

const endOf = (run: Observable<TrainingMoment>): Promise<FitData> =>
  new Promise((resolve, reject) => {
    run.subscribe({
      next: (moment) => {
        if (moment.event.kind !== 'end') return;
        const data = fitToData(moment.fit, moment.state);
        moment.waitUntil(data);
        data.then(resolve, reject);
      },
      error: reject,
    });
  });

describe('fit', () => {
  it('emits start, a step for each ticket, and end; numbers only after trainEvents', async () => {
    const events = await lastValueFrom(training({ steps: 7 }).pipe(trainEvents(), toArray()));
    expect(events.map(({ kind }) => kind)).toEqual(['start', ...Array(7).fill('step'), 'end']);
    expect(events[0]).toMatchObject({ step: 0, steps: 7, batchSize: 8, parameters: 15 });
    expect(events[6]).toMatchObject({ kind: 'step', step: 6, epoch: 1 });
    for (const event of events) for (const value of Object.values(event)) expect(typeof value).not.toBe('object');
  });

  it('resumes exactly: from any step, the end is the same bit for bit', async () => {
    const whole = await endOf(training({ steps: 6 }));
    for (const from of [1, 4]) {
      const half = await endOf(training({ steps: from }));
      expect(await endOf(training({ steps: 6, from, resume: half }))).toEqual(whole);
    }
  });

  it('frees everything whenever it is unsubscribed', async () => {
    const before = tf.memory().numTensors;
    for (let events = 1; events <= 8; events++) {
      await lastValueFrom(training({ steps: 20 }).pipe(take(events)));
      await macrotask();
      await macrotask();
      expect(tf.memory().numTensors).toBe(before);
    }
  });

  it('ends well when it is told to stop: the update in flight is the last one', async () => {
    const stop$ = new Subject<void>();
    const options = { ...tinyFit(denoiser), denoiser, steps: 100, batchSize: 8, stop$ };
    const run = batches(dataset, { seed: 3, size: 8, count: 100 }).pipe(
      addNoise(noising),
      fit(options),
      trainEvents(),
      tap((event) => event.step === 3 && stop$.next()),
    );
    const events = await lastValueFrom(run.pipe(toArray()));
    expect(events.map(({ kind }) => kind)).toEqual(['start', 'step', 'step', 'step', 'end']);
    expect(events.at(-1)).toMatchObject({ step: 3, steps: 100 });
    expect(stop$.observed).toBe(false);
  });

  it('names the dataset and the batch when loading fails, and leaks nothing', async () => {
    const broken: Dataset = {
      ...dataset,
      batch: (request) => (request.index === 2 ? Promise.reject(new Error('disk')) : dataset.batch(request)),
    };
    const before = tf.memory().numTensors;
    await expect(lastValueFrom(training({ steps: 9, data: broken }))).rejects.toMatchObject({
      code: 'RXD_PLUGIN_FAILED',
      step: 2,
      plugin: expect.stringContaining('dataset'),
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses a batch of the wrong shape and a batch size that cannot be', async () => {
    const narrow: Dataset = { ...dataset, batch: () => batchOf(new Float32Array(4), [2, 2]) };
    await expect(lastValueFrom(training({ steps: 1, data: narrow }))).rejects.toThrow(/RXD_PLUGIN_OUTPUT/);
    expect(() => batches(dataset, { seed: 0, size: 41, count: 1 })).toThrow(/RXD_REQUEST_INVALID/);
  });
});

describe('batches', () => {
  const caption = (i: number): Column => ({ kind: 'numbers', data: Float32Array.of(i, i), shape: [1, 2] });
  const columns: Dataset = {
    info: { name: 'columns', size: 12, shape: [3] },
    batch: ({ index, size }) => ({
      count: size,
      columns: {
        ...points(index, size).columns,
        text: { kind: 'text', values: Array.from({ length: size }, (_, i) => `${index}/${i}`) },
        rows: { kind: 'ragged', rows: Array.from({ length: size }, (_, i) => caption(i) as NumbersColumn) },
      },
    }),
  };

  it('gives a worker its rows of every column, whether the dataset looks at the share or not', async () => {
    const order = { seed: 3, size: 6, count: 2 };
    const share = { first: 2, count: 3 };
    const own = await lastValueFrom(batches(columns, { ...order, share }).pipe(concatMap((one) => one.load())));
    const whole = await lastValueFrom(batches(columns, order).pipe(concatMap((one) => one.load())));
    expect(own).toMatchObject({ count: 3, share: { first: 2, of: 6 } });
    expect(dataIn(own)).toEqual(dataIn(whole).slice(6, 15));
    expect(own.columns['text']).toEqual({ kind: 'text', values: ['1/2', '1/3', '1/4'] });
    expect(own.columns['rows']).toEqual({ kind: 'ragged', rows: [2, 3, 4].map(caption) });
  });

  it('refuses a share that is no part of the batch', () => {
    for (const share of [
      { first: 0, count: 0 },
      { first: 4, count: 3 },
      { first: -1, count: 2 },
      { first: 0.5, count: 1 },
    ])
      expect(() => batches(columns, { seed: 0, size: 6, count: 1, share })).toThrow(/RXD_REQUEST_INVALID.*share/s);
  });
});

describe('checkpoint and evaluate', () => {
  it('save and measure between steps, in order, and at the end', async () => {
    const saved: number[] = [];
    const save = (data: FitData): Promise<string> => {
      saved.push(data.step);
      return Promise.resolve(`checkpoint-${data.step}`);
    };
    const measure = async (parameters: Readonly<Record<string, tf.Tensor>>): Promise<Record<string, number>> => {
      await macrotask();
      return { size: (await (parameters['dense.bias'] as tf.Tensor).data()).length };
    };
    const run = training({ steps: 5 }).pipe(
      checkpoint({ every: 2, save }),
      evaluate({ every: 3, measure }),
      trainEvents(),
    );
    const events = await lastValueFrom(run.pipe(toArray()));
    expect(events.map(({ kind, step }) => `${kind} ${step}`)).toEqual([
      'start 0',
      'step 1',
      'step 2',
      'checkpoint 2',
      'step 3',
      'evaluation 3',
      'step 4',
      'checkpoint 4',
      'step 5',
      'checkpoint 5',
      'end 5',
    ]);
    expect(saved).toEqual([2, 4, 5]);
    expect(events.find(({ kind }) => kind === 'evaluation')).toMatchObject({ metrics: { size: 3 } });
  });

  it('ends the run with the error of a failed save', async () => {
    const run = training({ steps: 5 }).pipe(
      checkpoint({ every: 2, save: () => Promise.reject(new Error('disk full')) }),
    );
    await expect(lastValueFrom(run)).rejects.toThrow('disk full');
    await macrotask();
  });

  it('keeps the state alive while a measurement runs after an unsubscribe', async () => {
    const before = tf.memory().numTensors;
    let seen = 0;
    const measure = async (parameters: Readonly<Record<string, tf.Tensor>>): Promise<Record<string, number>> => {
      await macrotask();
      seen = (await (parameters['dense.bias'] as tf.Tensor).data()).length;
      return {};
    };
    await firstValueFrom(
      training({ steps: 5 }).pipe(evaluate({ every: 1, measure }), tap({ next: () => undefined }), take(2), toArray()),
    );
    await macrotask();
    await macrotask();
    expect(seen).toBe(3);
    expect(tf.memory().numTensors).toBe(before);
  });
});
