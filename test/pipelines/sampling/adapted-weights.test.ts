import * as tf from '@tensorflow/tfjs';
import { BehaviorSubject, lastValueFrom, of, Subject, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { definePlugin, diffusion, Roles, standardPlugins } from 'rxdiffusion';
import type { Adapter, Diffusion, Swap } from 'rxdiffusion';

const calls = { apply: 0, predict: 0 };

/** A network of one weight that says how often it was called. */
const scaled = definePlugin({
  role: Roles.denoiser,
  name: 'scaled',
  config: z.strictObject({}),
  create: () => {
    const parameters = { weight: tf.scalar(0.5) };
    return {
      info: { sampleShape: [2] },
      parameters,
      predict: ({ weight }, x) => {
        calls.predict++;
        return tf.mul(x, weight as tf.Tensor);
      },
      dispose: () => parameters.weight.dispose(),
    };
  },
});

/** Adds its scale to the weight of the network. */
const added = definePlugin({
  role: Roles.adapter,
  name: 'added',
  config: z.strictObject({
    weight: z.string().default('weight'),
    shape: z.array(z.int()).default([]),
    wrong: z.boolean().default(false),
  }),
  create: ({ config: { weight, shape, wrong } }): Adapter => ({
    slot: 'denoiser',
    scale: 0.25,
    changes: { [weight]: shape },
    parameters: {},
    live: { scale: (value) => typeof value === 'number' },
    apply: (base, _, scale) => {
      calls.apply++;
      return wrong ? { other: scale } : { [weight]: tf.add(base[weight] as tf.Tensor, scale) };
    },
  }),
});

const pipelineOf = (config: object = {}): Promise<Diffusion> =>
  diffusion(
    {
      format: 1,
      preset: 'flow',
      plugins: { engine: 'tfjs-cpu', denoiser: 'scaled', adapter: { name: 'added', config }, 'adapter:more': 'added' },
    },
    { plugins: [...standardPlugins, scaled, added] },
  );
const request = { steps: 4, seed: 1 };

describe('adapted weights', () => {
  it('are made once for a run, and again in the step after a scale has changed', async () => {
    await using pipeline = await pipelineOf();
    const before = tf.memory().numTensors;
    calls.apply = 0;
    using plain = await pipeline.sample(request);
    expect(calls.apply).toBe(2);
    const scale$ = new Subject<number>();
    const live = { 'adapter:more.scale': scale$ };
    const events$ = pipeline.sample.events({ ...request, live });
    await lastValueFrom(events$.pipe(tap((event) => event.kind === 'step' && event.index === 1 && scale$.next(0))));
    expect(calls.apply).toBe(6);
    plain.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('are those of all adapters, and of a live scale', async () => {
    await using pipeline = await pipelineOf();
    using both = await pipeline.sample(request);
    using live = await pipeline.sample({ ...request, live: { 'adapter.scale': of(0.5), 'adapter:more.scale': of(0) } });
    using none = await pipeline.sample({ ...request, live: { 'adapter.scale': of(0), 'adapter:more.scale': of(0) } });
    expect([...live.x.dataSync()]).toEqual([...both.x.dataSync()]);
    expect([...none.x.dataSync()]).not.toEqual([...both.x.dataSync()]);
  });

  it('let requests share a batch', async () => {
    await using pipeline = await pipelineOf();
    calls.predict = 0;
    const results = await Promise.all([1, 2, 3].map((seed) => pipeline.sample({ ...request, seed })));
    expect(calls.predict).toBe(4);
    for (const result of results) result.dispose();
  });

  it('are refused before a run where the network has none of the name or shape', async () => {
    const code = 'RXD_COMBINATION';
    await expect(pipelineOf({ weight: 'bias' })).rejects.toMatchObject({ code });
    await expect(pipelineOf({ shape: [2] })).rejects.toMatchObject({ code });
  });

  it('that an adapter does not give are an error that names it, and nothing is lost', async () => {
    await using pipeline = await pipelineOf({ wrong: true });
    const before = tf.memory().numTensors;
    await expect(pipeline.sample(request)).rejects.toMatchObject({
      code: 'RXD_PLUGIN_OUTPUT',
      plugin: 'adapter/added',
    });
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('a swap of adapters', () => {
  const made = (config: object = {}): Adapter => added.create({ config: added.config.parse(config) }) as Adapter;
  /** Scales of the network's weight in each step, and the end. */
  async function swappedAt(pipeline: Diffusion, index: number, swap: Swap): Promise<readonly number[]> {
    const swap$ = new Subject<Swap>();
    const ends: number[][] = [];
    const events$ = pipeline.sample.events({ ...request, swap$ }).pipe(
      tap((event) => event.kind === 'step' && event.index === index && swap$.next(swap)),
      tap((event) => event.kind === 'end' && ends.push([...event.x.dataSync()])),
    );
    await lastValueFrom(events$);
    return ends[0] ?? [];
  }
  const twice: Adapter = { ...made(), scale: 0.5 };

  it('takes effect in the next step, as in a run whose scale changes there, and leaves nothing', async () => {
    await using pipeline = await pipelineOf();
    const before = tf.memory().numTensors;
    const scale$ = new BehaviorSubject(0.25);
    const live: number[][] = [];
    const events$ = pipeline.sample.events({ ...request, live: { 'adapter:more.scale': scale$ } }).pipe(
      tap((event) => event.kind === 'step' && event.index === 1 && scale$.next(0.5)),
      tap((event) => event.kind === 'end' && live.push([...event.x.dataSync()])),
    );
    await lastValueFrom(events$);
    expect(await swappedAt(pipeline, 1, { 'adapter:more': twice })).toEqual(live[0]);
    expect(await swappedAt(pipeline, 1, { adapter: twice })).toEqual(live[0]);
    using plain = await pipeline.sample(request);
    expect([...plain.x.dataSync()]).not.toEqual(live[0]);
    const further = await swappedAt(pipeline, 1, { 'adapter:further': made() });
    expect(further).toEqual(live[0]);
    expect(tf.memory().numTensors).toBe(before + 1);
  });

  it.each<[what: string, swap: object, code: string]>([
    ['an adapter of weights that there are not', { adapter: made({ weight: 'other' }) }, 'RXD_COMBINATION'],
    ['what is no adapter', { adapter: { apply: () => ({}) } }, 'RXD_REQUEST_INVALID'],
    ['an adapter of a slot without a network', { adapter: { ...made(), slot: 'denoiser:b' } }, 'RXD_COMBINATION'],
    ['a label that cannot be', { 'adapter:': made() }, 'RXD_REQUEST_INVALID'],
  ])('refuses %s', async (_, swap, code) => {
    await using pipeline = await pipelineOf();
    await expect(swappedAt(pipeline, 0, swap as Swap)).rejects.toMatchObject({ code });
  });
});
