import * as tf from '@tensorflow/tfjs';
import { lastValueFrom, merge, Subject, tap, toArray, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Denoiser, ParameterSet } from '../../src/core/contracts/denoiser.js';
import type { Guidance } from '../../src/core/contracts/guidance.js';
import type { Sampler } from '../../src/core/contracts/sampler.js';
import type { Observer } from '../../src/core/contracts/observer.js';
import type { SampleEvent } from '../../src/core/loop/sample-events.js';
import { defineSampler } from '../../src/core/plugins/define-sampler.js';
import { observe } from '../../src/pipelines/observe.js';
import { samplingParts } from '../../src/pipelines/sample-door.js';
import { pixels } from '../../src/pipelines/sampling/pixels.js';
import type { SampleRequest, Swap } from '../../src/pipelines/sampling/sample-request.js';
import { dice, sampling, tinyPipeline } from './tiny-pipeline.js';

type SamplingParts = ReturnType<typeof samplingParts>;

const SAMPLERS = ['ddim', 'ddpm', 'dpmpp-2m', 'euler', 'euler-ancestral', 'heun'];
const request: SampleRequest = { steps: 6, count: 3, seed: 17, condition: 1 };
const mlp = { denoiser: { name: 'mlp', config: { width: 4, blocks: 1, classes: 3 } } };

/** Every number of every event as bits, so that -0 differs from 0 and NaN equals NaN. */
async function bitsOf(events: Observable<SampleEvent>): Promise<number[][]> {
  const all = await lastValueFrom(events.pipe(pixels('x'), toArray()));
  return all.map(({ images }) => [...new Uint32Array(images.data.slice().buffer)]);
}

/** The samples after each step. */
async function valuesOf(parts: SamplingParts, ask: SampleRequest): Promise<Float32Array[]> {
  const all = await lastValueFrom(sampling(parts, ask).pipe(pixels('x'), toArray()));
  return all.map(({ images }) => images.data);
}

const withSampler = async (sampler: string, work: (parts: SamplingParts) => Promise<void>): Promise<void> => {
  await using pipeline = await tinyPipeline({ ...mlp, sampler });
  await work(samplingParts(pipeline.assembly));
};

it.each(SAMPLERS)('gives the same bytes in 100 runs of one seed, and others for another: %s', (sampler) =>
  withSampler(sampler, async (parts) => {
    const first = await bitsOf(sampling(parts, request));
    for (let run = 1; run < 100; run++) expect(await bitsOf(sampling(parts, request))).toEqual(first);
    expect(await bitsOf(sampling(parts, { ...request, seed: 18 }))).not.toEqual(first);
  }),
);

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

  it('leave the bytes as they are, whatever they do: 100 random sets', () =>
    withSampler('euler-ancestral', async (parts) => {
      const random = dice('determinism/taps');
      const names = Object.keys(observers);
      const alone = await bitsOf(sampling(parts, request));
      let reported = 0;
      for (let set = 0; set < 100; set++) {
        const chosen = Array.from({ length: random(1, 5) }, () => names[random(0, names.length - 1)]!);
        const taps = chosen.map((name) => observers[name]!(() => random(0, 3)));
        const watched = sampling(parts, request).pipe(observe<SampleEvent>(taps, () => void reported++));
        expect(await bitsOf(watched)).toEqual(alone);
      }
      expect(reported).toBeGreaterThan(50);
    }));
});

it('gives interleaved runs the bytes that each has alone', async () => {
  await using pipeline = await tinyPipeline({ ...mlp, sampler: 'dpmpp-2m' });
  await using second = await tinyPipeline({ ...mlp, sampler: 'euler-ancestral', guidance: 'none' });
  const asks = Array.from({ length: 8 }, (_, seed) => ({ ...request, steps: 3 + seed, seed, condition: seed % 2 }));
  const all = [pipeline, second].flatMap(({ assembly }) => asks.map((ask) => [samplingParts(assembly), ask] as const));
  const alone: number[][][] = [];
  for (const [parts, ask] of all) alone.push(await bitsOf(sampling(parts, ask)));

  const order: number[] = [];
  const noting = (run: number) => tap((event: SampleEvent) => void (event.kind === 'step' && order.push(run)));
  const together = await Promise.all(all.map(([parts, ask], run) => bitsOf(sampling(parts, ask).pipe(noting(run)))));
  expect(together).toEqual(alone);
  const switches = order.filter((run, i) => i > 0 && run !== order[i - 1]).length;
  expect(switches).toBeGreaterThan(asks.length * 4);

  const merged = merge(...all.map(([parts, ask]) => sampling(parts, ask)));
  expect((await bitsOf(merged)).length).toBe(alone.flat().length);
});

describe('a hot swap after step k', () => {
  const steps = 7;
  const swapping = (parts: SamplingParts, k: number, swap: Swap): Promise<number[][]> => {
    const swap$ = new Subject<Swap>();
    const atK = tap((event: SampleEvent) => {
      if (event.kind === 'step' && event.index === k) swap$.next(swap);
    });
    return bitsOf(sampling(parts, { ...request, steps, swap$ }).pipe(atK));
  };
  /** Calls `first` up to step k and `then` from step k + 1 on: what a swap must equal. */
  const sampler = (k: number, first: Sampler, then: Sampler): Sampler => ({
    ...first,
    step: (state, ctx) => {
      const own = ctx.index === k + 1 ? then.init(state.x, { ...ctx, levels: [] }) : state;
      return (ctx.index <= k ? first : then).step(own, ctx);
    },
  });
  const guidance = (at: () => number, k: number, first: Guidance, then: Guidance): Guidance => ({
    branches: (level, live) => (at() <= k ? first : then).branches(level, live),
    init: () => first.init(),
    combine: (state, ctx) => (at() <= k ? first : then).combine(state, ctx),
  });

  it('of the sampler equals the composed run bit for bit, for every k', async () => {
    await using one = await tinyPipeline({ ...mlp, sampler: 'dpmpp-2m' });
    await using two = await tinyPipeline({ ...mlp, sampler: 'euler-ancestral' });
    const [parts, others] = [samplingParts(one.assembly), samplingParts(two.assembly)];
    const unswapped = await bitsOf(sampling(parts, { ...request, steps }));
    const unswappedOther = await bitsOf(sampling({ ...parts, sampler: others.sampler }, { ...request, steps }));
    let changed = 0;
    for (const [first, then] of [
      [parts.sampler, others.sampler],
      [others.sampler, parts.sampler],
    ] as const) {
      for (let k = 0; k < steps; k++) {
        const composed = { ...parts, sampler: sampler(k, first, then) };
        const swapped = await swapping({ ...parts, sampler: first }, k, { sampler: then });
        expect(swapped).toEqual(await bitsOf(sampling(composed, { ...request, steps })));
        // The first event is the start, so step k is event k + 1.
        const [kept, other] = first === parts.sampler ? [unswapped, unswappedOther] : [unswappedOther, unswapped];
        expect(swapped.slice(0, k + 2)).toEqual(kept.slice(0, k + 2));
        expect(swapped).not.toEqual(other);
        changed += swapped.length > k + 2 && swapped[k + 2]!.join() !== kept[k + 2]?.join() ? 1 : 0;
      }
    }
    // At its very next event each swap shows, but for the one after the last step.
    expect(changed).toBe(2 * (steps - 1));
  });

  it('of denoiser, guidance or weights equals the composed run bit for bit, for every k', async () => {
    await using one = await tinyPipeline({ sampler: 'ddim' });
    await using two = await tinyPipeline({ denoiser: { name: 'line', config: { gain: -0.8 } }, guidance: 'none' });
    const [parts, others] = [samplingParts(one.assembly), samplingParts(two.assembly)];
    let different = 0;
    for (let k = 0; k < steps; k++) {
      let index = 0;
      const at = (): number => index;
      const stepping = { ...parts.sampler, step: noteStep(parts.sampler, (now) => (index = now)) };
      const chosen = (): ParameterSet => (index <= k ? parts : others).denoiser.parameters;
      const denoiser: Denoiser = {
        ...parts.denoiser,
        predict: (_, ...input) => parts.denoiser.predict(chosen(), ...input),
      };
      const composed = { ...parts, sampler: stepping };
      const reference = {
        denoiser: await bitsOf(sampling({ ...composed, denoiser }, { ...request, steps })),
        guidance: await bitsOf(
          sampling(
            { ...composed, guidance: guidance(at, k, parts.guidance!, others.guidance!) },
            { ...request, steps },
          ),
        ),
      };
      expect(await swapping(parts, k, { denoiser: others.denoiser })).toEqual(reference.denoiser);
      expect(await swapping(parts, k, { parameters: others.denoiser.parameters })).toEqual(reference.denoiser);
      expect(await swapping(parts, k, { guidance: others.guidance! })).toEqual(reference.guidance);
      different += reference.denoiser.join() === reference.guidance.join() ? 0 : 1;
    }
    // After the last step there is nothing left to swap for.
    expect(different).toBe(steps - 1);
  });
});

function noteStep(sampler: Sampler, note: (index: number) => void): Sampler['step'] {
  return (state, ctx) => {
    note(ctx.index);
    return sampler.step(state, ctx);
  };
}
