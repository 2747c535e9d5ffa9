import * as tf from '@tensorflow/tfjs';
import { from, lastValueFrom, map, mergeMap, of, Subject, take, toArray, type Subscription } from 'rxjs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { RunEvent } from '../../../src/core/contracts/observer.js';
import type { SampleEvent } from '../../../src/core/loop/sample-events.js';
import { macrotask } from '../../../src/core/loop/macrotask.js';
import { definePlugin } from '../../../src/core/assembly/define-plugin.js';
import { defineSampler } from '../../../src/core/assembly/define-sampler.js';
import { Roles } from '../../../src/core/assembly/roles.js';
import { asVector, tensorOf } from '../../../src/core/tensors/tensor-space.js';
import { batchedReverse, type Batching } from '../../../src/pipelines/sampling/batched-reverse.js';
import { pixels } from '../../../src/pipelines/sampling/pixels.js';
import { startingNoise } from '../../../src/pipelines/sampling/starting-noise.js';
import { samplingParts } from '../../../src/pipelines/sample-function.js';
import { liveTensors } from '../../leak-guard.js';
import { atOnce, calls, countingPipeline, inTurn, recorded } from '../../reliability/recorded-runs.js';

beforeEach(() => void calls.splice(0));

/** Both sides of a condition in each call: twice as many rows as samples. */
const rows = (samples: number, steps = 4): number[] => Array.from({ length: steps }, () => 2 * samples);

const seeds = (count: number) => Array.from({ length: count }, (_, seed) => ({ seed }));

describe('which requests share a batch', () => {
  it('those of one turn, however they are asked', async () => {
    await using pipeline = await countingPipeline();
    const results = await Promise.all([pipeline.sample({ seed: 1 }), pipeline.sample({ count: 2 })]);
    const images = await Promise.all([pipeline.sample.images({ seed: 3 }), recorded(pipeline.sample.events())]);
    expect(calls).toEqual([...rows(3), ...rows(2)]);
    expect(results.map(({ x }) => x.shape)).toEqual([
      [1, 2],
      [2, 2],
    ]);
    expect(images[0]).toMatchObject({ kind: 'float', shape: [1, 2, 1, 1] });
    results.forEach((result) => result.dispose());
  });

  it('not those of other steps, clipping, weights, or with live values or swaps', async () => {
    await using pipeline = await countingPipeline();
    const parameters = { ...samplingParts(pipeline.assembly).denoiser.parameters };
    const odd = [{ steps: 3 }, { clip: { range: 1 } }, { clip: { range: 2 } }, { parameters }];
    const own = [{ live: { 'guidance.scale': new Subject() } }, { swap$: new Subject<never>() }];
    await atOnce(pipeline, [{}, ...odd, ...own]);
    expect(calls).toHaveLength(7 * 4 - 1);
    expect(new Set(calls)).toEqual(new Set([2]));
  });

  it('not more samples than `max`, and none at all where batching is off', async () => {
    await using five = await countingPipeline({}, { batching: { max: 5 } });
    await atOnce(five, [...seeds(6), { count: 7 }]);
    expect(calls.toSorted((a, b) => a - b)).toEqual([...rows(1), ...rows(5), ...rows(7)].toSorted((a, b) => a - b));
    calls.length = 0;
    await using none = await countingPipeline({}, { batching: false });
    await atOnce(none, seeds(3));
    expect(calls).toHaveLength(12);
  });

  it('a delay gathers those of other turns', async () => {
    await using pipeline = await countingPipeline({}, { batching: { delay: 50 } });
    const first = recorded(pipeline.sample.events());
    await macrotask();
    await Promise.all([first, recorded(pipeline.sample.events({ seed: 1 }))]);
    expect(calls).toEqual(rows(2));
  });

  it('without a delay a run waits for no timer', async () => {
    await using pipeline = await countingPipeline();
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    try {
      expect((await recorded(pipeline.sample.events())).outcome).toBe('complete');
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it.each([{ max: 0 }, { max: 1.5 }, { max: Number.NaN }, { delay: -1 }, { delay: Number.NaN }, { most: 3 }])(
    'refuses %j',
    async (batching) => {
      await expect(countingPipeline({}, { batching: batching as Batching })).rejects.toMatchObject({
        code: 'RXD_REQUEST_INVALID',
      });
    },
  );

  it('is an operator: those of all its subscriptions', async () => {
    await using pipeline = await countingPipeline();
    const parts = samplingParts(pipeline.assembly);
    const reversed = batchedReverse(parts);
    const run = (seed: number) =>
      of({ steps: 4, seed, condition: 0 }).pipe(startingNoise(parts), reversed, pixels('x'));
    const all = await lastValueFrom(from([1, 2, 3]).pipe(mergeMap(run), toArray()));
    expect(calls).toEqual(rows(3));
    expect(all.map(({ kind }) => kind)).toEqual(
      ['start', 'step', 'step', 'step', 'step', 'end'].flatMap((k) => [k, k, k]),
    );
  });
});

describe('events', () => {
  it('are those of each run: its identity, seeds, numbers and lent tensors', async () => {
    await using pipeline = await countingPipeline();
    const asks = [
      { run: 'a', seeds: [5, 9] },
      { run: 'b', seed: 2 },
    ];
    const kept: tf.Tensor[] = [];
    const listening = pipeline.sample.events({ run: 'c' }).subscribe(({ x }) => kept.push(x));
    const runs = await atOnce(pipeline, asks);
    expect(calls).toEqual(rows(4));
    for (const [i, { events }] of runs.entries()) {
      expect(events.map(({ kind }) => kind)).toEqual(['start', 'step', 'step', 'step', 'step', 'end']);
      expect(events.every(({ run, batch, x }) => run === asks[i]!.run && x.length === 2 * (batch as number))).toBe(
        true,
      );
      expect(events.map(({ nfe }) => nfe)).toEqual([0, 1, 2, 3, 4, 4]);
    }
    expect(runs.map(({ events }) => events[0]!['seeds'])).toEqual([[5, 9], [2]]);
    expect(() => kept[2]!.dataSync()).toThrow(/RXD_LOAN_EXPIRED/);
    listening.unsubscribe();
  });

  it('observers see each run by itself, and one that throws leaves its own run alone', async () => {
    const told: string[] = [];
    const failures: unknown[] = [];
    const watching = definePlugin({
      role: Roles.observer,
      name: 'watching',
      config: z.strictObject({}),
      create: () => ({
        next: ({ run, kind }: RunEvent) => {
          told.push(`${run} ${kind}`);
          if (run === 'b') throw new Error('broken on purpose');
        },
        complete: (run?: string) => void told.push(`${run} complete`),
      }),
    });
    await using pipeline = await countingPipeline(
      { observer: ['watching'] },
      { plugins: [watching], onTapError: (error) => void failures.push(error) },
    );
    const runs = await atOnce(pipeline, [{ run: 'a' }, { run: 'b' }, { run: 'c' }]);
    expect(calls).toEqual(rows(3));
    expect(runs.map(({ outcome }) => outcome)).toEqual(['complete', 'complete', 'complete']);
    expect(told.filter((line) => line.startsWith('a'))).toHaveLength(7);
    expect(told.filter((line) => line.startsWith('b'))).toEqual(['b start']);
    expect(failures).toHaveLength(1);
  });
});

describe('cancelling', () => {
  it('one leaves the others: they go on as they were', async () => {
    await using pipeline = await countingPipeline();
    const alone = await recorded(pipeline.sample.events({ run: 'a', seed: 1 }));
    calls.length = 0;
    const before = liveTensors();
    const left: SampleEvent['kind'][] = [];
    pipeline.sample
      .events({ seed: 7 })
      .pipe(take(3))
      .subscribe(({ kind }) => left.push(kind));
    expect(await recorded(pipeline.sample.events({ run: 'a', seed: 1 }))).toEqual(alone);
    expect(left).toEqual(['start', 'step', 'step']);
    expect(calls).toEqual(rows(2));
    expect(liveTensors()).toBe(before);
  });

  it('before the batch begins takes no part in it', async () => {
    await using pipeline = await countingPipeline();
    pipeline.sample.events({ count: 5 }).subscribe().unsubscribe();
    await recorded(pipeline.sample.events());
    expect(calls).toEqual(rows(1));
  });

  it('all of them ends the run: no further network call, nothing leaks', async () => {
    await using pipeline = await countingPipeline();
    const before = liveTensors();
    const running: Subscription[] = [];
    const ended = new Promise<void>((resolve) => {
      for (const ask of seeds(3))
        running.push(
          pipeline.sample.events({ ...ask, steps: 100 }).subscribe((event) => {
            if (event.kind !== 'step' || event.index !== 1 || ask.seed !== 2) return;
            running.forEach((subscription) => subscription.unsubscribe());
            resolve();
          }),
        );
    });
    await ended;
    for (let turn = 0; turn < 3; turn++) await macrotask();
    expect(calls).toEqual(rows(3, 2));
    expect(liveTensors()).toBe(before);
  });

  it('by a signal rejects its own promise only', async () => {
    await using pipeline = await countingPipeline();
    const control = new AbortController();
    const results = [pipeline.sample({}), pipeline.sample({ seed: 1 }, { signal: control.signal })];
    queueMicrotask(() => control.abort());
    const [first, second] = await Promise.allSettled(results);
    expect(second).toMatchObject({ reason: { code: 'RXD_ABORTED' } });
    if (first?.status !== 'fulfilled') throw new Error('the other run was lost');
    first.value.dispose();
  });
});

describe('errors', () => {
  /** A sampler that goes wrong at step 2, in what it does to `x`. */
  const faulty = (hurt: (x: tf.Tensor) => tf.Tensor) =>
    definePlugin({
      role: Roles.sampler,
      name: 'faulty',
      config: z.strictObject({}),
      create: () =>
        defineSampler({
          order: 1,
          stochastic: false,
          init: (x) => ({ x }),
          step({ x }, { index, from, denoise }) {
            denoise(x, from);
            return { x: asVector((index < 2 ? tf.clone : hurt)(tensorOf(x))) };
          },
        }),
    });

  it('a condition that is refused fails its own request', async () => {
    await using pipeline = await countingPipeline();
    const runs = await atOnce(pipeline, [{ seed: 1 }, { condition: 99 }, { condition: [0, 1] }, { seed: 2 }]);
    expect(runs.map(({ outcome }) => (outcome as { code?: string }).code)).toEqual([
      undefined,
      'RXD_CONDITION_INVALID',
      'RXD_CONDITION_INVALID',
      undefined,
    ]);
    expect(calls).toEqual(rows(2));
    expect((runs[1]!.outcome as { plugin?: string }).plugin).toBeUndefined();
  });

  it('a fault of a plugin fails each, with plugin and step', async () => {
    const throwing = faulty(() => {
      throw new Error('broken on purpose');
    });
    await using pipeline = await countingPipeline({ sampler: 'faulty' }, { plugins: [throwing] });
    const before = liveTensors();
    const runs = await atOnce(pipeline, seeds(3));
    for (const { events, outcome } of runs) {
      expect(events).toHaveLength(3);
      expect(outcome).toMatchObject({ code: 'RXD_PLUGIN_FAILED', plugin: 'sampler/faulty', step: 2 });
    }
    expect(liveTensors()).toBe(before);
  });

  it('a sample that is no longer finite fails its own request, and the others are what they are alone', async () => {
    const spoiling = faulty((x) => tf.where(tf.greater(tf.abs(x), 1.5), tf.fill(x.shape, Number.NaN), x));
    await using pipeline = await countingPipeline({ sampler: 'faulty' }, { plugins: [spoiling] });
    const before = liveTensors();
    const asks = Array.from({ length: 20 }, (_, seed) => ({ seed, run: `run-${seed}` }));
    const joined = await atOnce(pipeline, asks);
    expect(calls).toEqual(rows(20));
    const alone = await inTurn(pipeline, asks);
    expect(joined).toEqual(alone);
    const outcomes = new Set(joined.map(({ outcome }) => (outcome as { code?: string }).code));
    expect(outcomes).toEqual(new Set([undefined, 'RXD_PLUGIN_OUTPUT']));
    expect(liveTensors()).toBe(before);
  });

  it('an engine that does not start fails each', async () => {
    await using pipeline = await countingPipeline();
    const parts = samplingParts(pipeline.assembly);
    const engine = { ...parts.engine, start: () => Promise.reject(new Error('no engine')) };
    const reversed = batchedReverse({ ...parts, engine });
    const run = (seed: number) => recorded(of({ steps: 2, seed }).pipe(startingNoise(parts), reversed));
    const runs = await Promise.all([run(1), run(2)]);
    const failed = expect.objectContaining({ code: 'RXD_PLUGIN_FAILED', cause: new Error('no engine') }) as Error;
    expect(runs.map(({ outcome }) => outcome)).toEqual([failed, failed]);
  });

  it('a request that a subscriber makes while it is told is a run like any other', async () => {
    await using pipeline = await countingPipeline();
    const [first] = await Promise.all([
      lastValueFrom(
        pipeline.sample.events().pipe(
          take(2),
          mergeMap(() => recorded(pipeline.sample.events({ seed: 3 }))),
          map(({ outcome }) => outcome),
          toArray(),
        ),
      ),
      recorded(pipeline.sample.events({ seed: 1 })),
    ]);
    expect(first).toEqual(['complete', 'complete']);
  });
});
