import * as tf from '@tensorflow/tfjs';
import { lastValueFrom, merge, tap, toArray } from 'rxjs';
import { afterAll, describe, expect, it } from 'vitest';
import type { Observer } from '../../src/core/contracts/observer.js';
import type { Engine } from '../../src/core/contracts/engine.js';
import { macrotask } from '../../src/core/loop/macrotask.js';
import type { Assembly } from '../../src/core/assembly/assembly.js';
import type { SampleEvent } from '../../src/core/loop/sample-events.js';
import { defineSampler } from '../../src/core/assembly/define-sampler.js';
import { observe } from '../../src/pipelines/observe.js';
import { samplingParts } from '../../src/pipelines/sample-function.js';
import { pixels } from '../../src/pipelines/sampling/pixels.js';
import type { SampleRequest } from '../../src/core/sampling/sample-request.js';
import { times } from '../effort.js';
import { figure } from '../figure.js';
import { bitsOf, dice, sampling, tinyPipeline } from './tiny-pipeline.js';

type SamplingParts = ReturnType<typeof samplingParts>;

const SAMPLERS = ['ddim', 'ddpm', 'dpmpp-2m', 'euler', 'euler-ancestral', 'heun'];
const RUNS = times(20, 100);
const TAPS = times(30, 100);
const request: SampleRequest = { steps: 6, count: 3, seed: 17, condition: 1 };
const mlp = { denoiser: { name: 'mlp', config: { width: 4, blocks: 1, classes: 3 } } };

/** The samples after each step. */
async function valuesOf(parts: SamplingParts, ask: SampleRequest): Promise<Float32Array[]> {
  const all = await lastValueFrom(sampling(parts, ask).pipe(pixels('x'), toArray()));
  return all.map(({ images }) => images.data);
}

const withSampler = async (sampler: string, work: (parts: SamplingParts) => Promise<void>): Promise<void> => {
  await using pipeline = await tinyPipeline({ ...mlp, sampler });
  await work(samplingParts(pipeline.assembly));
};

it.each(SAMPLERS)('gives the same bytes in every run of one seed, and others for another: %s', (sampler) =>
  withSampler(sampler, async (parts) => {
    const first = await bitsOf(sampling(parts, request));
    for (let run = 1; run < RUNS; run++) expect(await bitsOf(sampling(parts, request))).toEqual(first);
    expect(await bitsOf(sampling(parts, { ...request, seed: 18 }))).not.toEqual(first);
  }),
);

afterAll(() => {
  const runs = `${SAMPLERS.length * RUNS} runs of one seed, ${SAMPLERS.length * 5} singles of a batch`;
  figure('R17', `${runs}, ${TAPS} random sets of taps, 16 interleaved runs: equal bytes`);
});

it('gives the same bytes in another pipeline of the same recipe', async () => {
  await using one = await tinyPipeline(mlp);
  await using two = await tinyPipeline(mlp);
  const bits = await bitsOf(one.sample.events(request));
  expect(await bitsOf(two.sample.events(request))).toEqual(bits);
});

describe('a batch equals its singles', () => {
  it.each(SAMPLERS)('bit for bit, noise and samples, at every step: %s', (sampler) =>
    withSampler(sampler, async (parts) => {
      const seeds = [17, 3, 90, 4, 5];
      const condition = [0, 1, 0, 1, 1];
      const batch = await valuesOf(parts, { steps: 6, seeds, condition });
      for (const [sample, seed] of seeds.entries()) {
        const single = await valuesOf(parts, { steps: 6, seed, condition: condition[sample] });
        expect(batch.map((data) => data.slice(2 * sample, 2 * sample + 2))).toEqual(single);
      }
    }),
  );

  it('in the noise that a step draws', () =>
    withSampler('ddim', async (parts) => {
      const drawn = async (seeds: readonly number[]): Promise<number[]> => {
        const drawing = defineSampler({
          order: 1,
          stochastic: true,
          init: (x) => ({ x }),
          step: (_, { noise }) => ({ x: noise() }),
        });
        const steps = await valuesOf({ ...parts, sampler: drawing }, { steps: 3, seeds, condition: 0 });
        return steps.flatMap((data) => [...data]);
      };
      const [both, seven, eight] = [await drawn([7, 8]), await drawn([7]), await drawn([8])];
      expect(both).toHaveLength(20);
      expect(both.filter((_, i) => i % 4 < 2)).toEqual(seven);
      expect(both.filter((_, i) => i % 4 >= 2)).toEqual(eight);
    }));
});

describe('taps', () => {
  const observers: Readonly<Record<string, (random: () => number) => Observer>> = {
    reads: () => ({ next: (event) => void ('x' in event && event.x.dataSync()) }),
    estimates: () => ({ next: (event) => void (event.kind === 'step' && 'denoised' in event && event.denoised.shape) }),
    throws: (random) => ({
      next: () => {
        if (random() === 0) throw new Error('broken on purpose');
      },
    }),
    disposes: (random) => ({ next: (event) => void ('x' in event && random() === 0 && event.x.dispose()) }),
    changes: () => ({ next: (event) => void Object.assign(event, { index: 99, batch: 0 }) }),
    computes: () => ({ next: (event) => void ('x' in event && tf.tidy(() => tf.square(event.x).dataSync())) }),
  };

  it('leave the bytes as they are, whatever they do: random sets', () =>
    withSampler('euler-ancestral', async (parts) => {
      const random = dice('determinism/taps');
      const names = Object.keys(observers);
      const alone = await bitsOf(sampling(parts, request));
      let reported = 0;
      for (let set = 0; set < TAPS; set++) {
        const chosen = Array.from({ length: random(1, 5) }, () => names[random(0, names.length - 1)]!);
        const taps = chosen.map((name) => observers[name]!(() => random(0, 3)));
        const watched = sampling(parts, request).pipe(observe<SampleEvent>(taps, () => void reported++));
        expect(await bitsOf(watched)).toEqual(alone);
      }
      expect(reported).toBeGreaterThan(TAPS / 2);
      figure('R11', `${TAPS} random sets of taps, ${reported} of them detached: equal bytes`);
    }));
});

/** The parts of a pipeline whose engine takes a turn of the event loop for each step, so that others have theirs. */
function taking(assembly: Assembly): SamplingParts {
  const parts = samplingParts(assembly);
  const engine: Engine = {
    ...parts.engine,
    realize: async (tensors) => {
      await macrotask();
      await parts.engine.realize(tensors);
    },
  };
  return { ...parts, engine };
}

it('gives interleaved runs the bytes that each has alone', async () => {
  await using pipeline = await tinyPipeline({ ...mlp, sampler: 'dpmpp-2m' });
  await using second = await tinyPipeline({ ...mlp, sampler: 'euler-ancestral', guidance: 'none' });
  const asks = Array.from({ length: 8 }, (_, seed) => ({ ...request, steps: 3 + seed, seed, condition: seed % 2 }));
  const all = [pipeline, second].flatMap(({ assembly }) => asks.map((ask) => [taking(assembly), ask] as const));
  const alone: number[][][] = [];
  for (const [parts, ask] of all) alone.push(await bitsOf(sampling(parts, ask)));

  const order: number[] = [];
  const noting = (run: number) => tap((event: SampleEvent) => void (event.kind === 'step' && order.push(run)));
  const together = await Promise.all(all.map(([parts, ask], run) => bitsOf(sampling(parts, ask).pipe(noting(run)))));
  expect(together).toEqual(alone);
  const switches = order.filter((run, i) => i > 0 && run !== order[i - 1]).length;
  // All take turns: only the end of the longest runs is undisturbed.
  expect(switches).toBeGreaterThan(order.length / 2);

  const merged = merge(...all.map(([parts, ask]) => sampling(parts, ask)));
  expect((await bitsOf(merged)).length).toBe(alone.flat().length);
});
