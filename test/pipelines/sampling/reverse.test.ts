import * as tf from '@tensorflow/tfjs';
import { firstValueFrom, lastValueFrom, mergeMap, of, Subject, take, tap, toArray, type Observable } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SampleEvent, SampleStep } from '../../../src/core/loop/sample-events.js';
import { macrotask } from '../../../src/core/loop/macrotask.js';
import { defineSampler } from '../../../src/core/assembly/define-sampler.js';
import { pixels } from '../../../src/pipelines/sampling/pixels.js';
import { preview } from '../../../src/pipelines/sampling/preview.js';
import { results } from '../../../src/pipelines/sampling/results.js';
import { reverse } from '../../../src/pipelines/sampling/reverse.js';
import type { SampleRequest, Swap } from '../../../src/core/sampling/sample-request.js';
import { startingNoise } from '../../../src/pipelines/sampling/starting-noise.js';
import { constantDenoiser, euler, parts, renoise } from './parts.js';

let mean: tf.Tensor;
let calls = 0;
const denoiser = () => constantDenoiser(mean, () => calls++);
const events = (request: SampleRequest, use = parts(denoiser())): Observable<SampleEvent> =>
  of(request).pipe(startingNoise(use), reverse(use));
const valuesOf = async (run: Observable<SampleEvent>): Promise<number[]> => {
  const result = await lastValueFrom(run.pipe(results()));
  const values = [...result.x.dataSync()];
  result.dispose();
  return values;
};

beforeEach(async () => {
  await tf.setBackend('cpu');
  mean = tf.scalar(0.25);
  calls = 0;
});
afterEach(() => mean.dispose());

describe('reverse', () => {
  it('ends at what the network says is clean, after one call a step', async () => {
    expect(await valuesOf(events({ steps: 5, count: 2 }))).toEqual(Array(8).fill(0.25));
    expect(calls).toBe(5);
  });

  it('emits start, every step and end with numbers that add up', async () => {
    const all = await lastValueFrom(events({ steps: 3, count: 2, seed: 9 }).pipe(pixels('x'), toArray()));
    expect(all.map(({ kind }) => kind)).toEqual(['start', 'step', 'step', 'step', 'end']);
    expect(all.map(({ nfe, totalNfe }) => [nfe, totalNfe])).toEqual([
      [0, 3],
      [1, 3],
      [2, 3],
      [3, 3],
      [3, 3],
    ]);
    expect(all[0]).toMatchObject({ seeds: [9, 10], batch: 2, count: 3 });
    expect(all[1]).toMatchObject({ index: 0, from: { t: 1 }, to: { t: 1 - 1 / 3 } });
  });

  it('lends the estimate of the clean sample with each step, without a further call', async () => {
    const run = events({ steps: 3 }).pipe(preview({ every: 1 }), toArray());
    const previews = await lastValueFrom(run);
    expect(previews).toHaveLength(3);
    for (const { images } of previews) expect([...images.data]).toEqual(Array(4).fill(0.25));
    expect(calls).toBe(3);
  });

  it('gives a batch what its singles get', async () => {
    const use = parts(denoiser(), renoise);
    const withoutLast = (request: SampleRequest) =>
      lastValueFrom(events({ ...request, steps: 4 }, use).pipe(take(4), pixels('x')));
    const batch = await withoutLast({ steps: 4, seeds: [5, 6, 7] });
    const singles = await Promise.all([5, 6, 7].map((seed) => withoutLast({ steps: 4, seed })));
    expect([...batch.images.data]).toEqual(singles.flatMap(({ images }) => [...images.data]));
  });

  it('runs many at once without mixing them up', async () => {
    const use = parts(denoiser(), renoise);
    const alone = await valuesOf(events({ steps: 6, seed: 2 }, use));
    const together = of(1, 2, 3).pipe(
      mergeMap((seed) => events({ steps: 6, seed }, use).pipe(results(), tap({ next: () => undefined }))),
      toArray(),
    );
    const all = await lastValueFrom(together);
    expect([...(all[1]?.x.dataSync() ?? [])]).toEqual(alone);
    for (const result of all) result.dispose();
  });

  it('starts from an image at a strength', async () => {
    const startFrom = { data: Float32Array.of(1, 1, 1, 1), strength: 0.5 };
    const [start] = await lastValueFrom(events({ steps: 10, startFrom }).pipe(pixels('x'), take(1), toArray()));
    expect(start?.count).toBe(5);
    expect(start?.images.data[0]).toBeCloseTo(0.5 * 1 + 0.5 * Math.sin('start'.length * 7.7), 5);
  });

  it('keeps estimates in range where asked, and the noise in step with them', async () => {
    mean.dispose();
    mean = tf.scalar(3);
    const step = (await firstValueFrom(
      events({ steps: 1, clip: { range: 1 } }).pipe(preview({ every: 1 })),
    )) as unknown as SampleStep & { images: { data: Float32Array } };
    expect([...step.images.data]).toEqual([1, 1, 1, 1]);
  });

  it('swaps the sampler at the next step, bit for bit as the composed run', async () => {
    const swap$ = new Subject<Swap>();
    const swapAt2 = tap((event: SampleEvent) => {
      if (event.kind === 'step' && event.index === 2) swap$.next({ sampler: renoise });
    });
    const swapped = await lastValueFrom(events({ steps: 6, swap$ }).pipe(swapAt2, pixels('x'), take(6), toArray()));
    const composed = defineSampler({
      order: 1,
      stochastic: true,
      init: (x) => ({ x }),
      step: (state, ctx) => (ctx.index <= 2 ? euler : renoise).step(state, ctx),
    });
    const reference = await lastValueFrom(
      events({ steps: 6 }, parts(denoiser(), composed)).pipe(pixels('x'), take(6), toArray()),
    );
    expect(swapped.map(({ images }) => [...images.data])).toEqual(reference.map(({ images }) => [...images.data]));
  });

  it('makes at most one more network call after an unsubscribe and frees everything', async () => {
    const before = tf.memory().numTensors;
    for (let stop = 1; stop < 12; stop++) {
      calls = 0;
      await lastValueFrom(events({ steps: 10 }).pipe(take(stop)));
      const seen = calls;
      await macrotask();
      expect(calls).toBe(seen);
      expect(calls).toBeLessThanOrEqual(stop);
      expect(tf.memory().numTensors).toBe(before);
    }
  });

  it.each<[string, SampleRequest, RegExp]>([
    ['no steps', { steps: 0 }, /RXD_REQUEST_INVALID.*steps/],
    ['no samples', { steps: 1, count: 0 }, /RXD_REQUEST_INVALID.*count/],
    ['half a seed', { steps: 1, seeds: [0.5] }, /RXD_REQUEST_INVALID.*seeds/],
    ['a strength of 2', { steps: 1, startFrom: { data: new Float32Array(4), strength: 2 } }, /strength/],
    ['an image of another size', { steps: 1, startFrom: { data: new Float32Array(3), strength: 1 } }, /does not fit/],
    ['a condition for nobody', { steps: 1, condition: 3 }, /RXD_REQUEST_INVALID.*conditioner/],
    ['a live key of nobody', { steps: 1, live: { 'guidance.scale': of(1) } }, /RXD_REQUEST_INVALID.*guidance.scale/],
  ])('refuses %s', async (_, request, message) => {
    await expect(lastValueFrom(events(request))).rejects.toThrow(message);
  });
});
