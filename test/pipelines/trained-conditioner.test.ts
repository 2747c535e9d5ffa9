import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  definePlugin,
  diffusion,
  Roles,
  standardPlugins,
  type Batch,
  type Conditioner,
  type Dataset,
  type Diffusion,
} from 'rxdiffusion';
import { liveTensors } from '../leak-guard.js';

/** Two points, each with its word. */
const spoken = definePlugin({
  role: Roles.dataset,
  name: 'spoken',
  config: z.strictObject({}),
  create: (): Dataset => ({
    info: {
      name: 'spoken',
      size: 8,
      shape: [2],
      columns: { data: { kind: 'numbers', dtype: 'float32', shape: [2] }, caption: { kind: 'text' } },
    },
    batch: ({ size }): Batch => ({
      count: size,
      columns: {
        data: {
          kind: 'numbers',
          data: Float32Array.from({ length: 2 * size }, (_, i) => ((i >> 1) % 2 ? 1 : -1)),
          shape: [size, 2],
        },
        caption: { kind: 'text', values: Array.from({ length: size }, (_, row) => (row % 2 ? 'up' : 'down')) },
      },
    }),
  }),
});

/** As `words`, and counts what is encoded; `later` waits in `prepare` and fails where it is told to. */
const calls = { prepared: 0, encoded: 0, fail: false };
const counted = definePlugin({
  role: Roles.conditioner,
  name: 'counted',
  config: z.strictObject({ frozen: z.boolean().default(false) }),
  create: ({ config: { frozen } }): Conditioner => {
    const parameters = {
      table: tf.tensor2d([
        [0, 0],
        [1, 2],
        [3, 4],
      ]),
    };
    const column = (ids: readonly number[]) =>
      ({ ids: { kind: 'numbers', data: Int32Array.from(ids), shape: [ids.length] } }) as const;
    const idOf = (text: unknown): number => ['', 'down', 'up'].findIndex((word) => word === (text ?? ''));
    return {
      reads: ['caption'],
      gives: { tokens: { dtype: 'float32', shape: [1, 2] } },
      parameters,
      frozen,
      async prepare(condition) {
        calls.prepared++;
        await Promise.resolve();
        if (calls.fail) throw new Error('no tokenizer');
        return column((Array.isArray(condition) ? condition : [condition]).map(idOf));
      },
      prepareNothing: () => column([0]),
      prepareBatch: ({ caption }) => column(caption?.kind === 'text' ? caption.values.map(idOf) : []),
      encode(weights, { ids }) {
        calls.encoded++;
        const rows = tf.matMul(tf.cast(tf.oneHot(ids as tf.Tensor1D, 3), 'float32'), weights['table'] as tf.Tensor2D);
        return { tokens: tf.expandDims(rows, 1) };
      },
      dispose: () => tf.dispose(parameters),
    };
  },
});

const plugins = [...standardPlugins, spoken, counted];
const pipelineOf = (conditioner: unknown, store = false): Promise<Diffusion> =>
  diffusion(
    {
      format: 1,
      preset: 'flow',
      plugins: {
        engine: 'tfjs-cpu',
        dataset: 'spoken',
        conditioner,
        denoiser: { name: 'mlp', config: { width: 8, blocks: 1, tokens: 2 } },
        guidance: { name: 'cfg', config: { scale: 1.5 } },
        ...(store ? { store: 'memory' } : {}),
      },
      train: { steps: 5, batchSize: 4 },
      sample: { steps: 3 },
    },
    { plugins },
  );
const words = { name: 'words', config: { vocabulary: ['up', 'down'], length: 1, width: 2 } };

describe('a conditioner with weights', () => {
  it('trains with the network, and its weights are a slot of the result', async () => {
    await using pipeline = await pipelineOf(words);
    const before = (await pipeline.assembly.get(Roles.conditioner).parameters?.['words.weight']?.data()) ?? [];
    using trained = await pipeline.train();
    expect(Object.keys(trained.parametersBySlot)).toEqual(['denoiser', 'conditioner']);
    const after = (await trained.parametersBySlot['conditioner']?.['words.weight']?.data()) ?? [];
    expect([...after]).not.toEqual([...before]);
    using own = await pipeline.sample({ condition: 'up' });
    using learned = await pipeline.sample({ condition: 'up', parameters: trained.parametersBySlot });
    expect([...learned.images().data]).not.toEqual([...own.images().data]);
  });

  it('is in checkpoints: a resumed run equals the uninterrupted one bit for bit', async () => {
    await using whole = await pipelineOf(words);
    using uninterrupted = await whole.train({ steps: 6 });
    const stored = await pipelineOf(words, true);
    (await stored.train({ steps: 3 })).dispose();
    using resumed = await stored.train({ steps: 6, resume: true });
    for (const [slot, set] of Object.entries(uninterrupted.parametersBySlot))
      for (const [name, tensor] of Object.entries(set))
        expect([...((await resumed.parametersBySlot[slot]?.[name]?.data()) ?? [])]).toEqual([...(await tensor.data())]);
    await stored.dispose();
  });

  it('stays as it is where it is frozen', async () => {
    await using pipeline = await pipelineOf({ name: 'counted', config: { frozen: true } });
    using trained = await pipeline.train();
    expect(Object.keys(trained.parametersBySlot)).toEqual(['denoiser']);
  });

  it('encodes a prompt once in the life of a pipeline, whoever asks, and again with other weights', async () => {
    await using pipeline = await pipelineOf('counted');
    calls.encoded = 0;
    for (const seed of [1, 2, 3]) (await pipeline.sample({ condition: 'up', seed })).dispose();
    // The prompt, and the side of no condition.
    expect(calls.encoded).toBe(2);
    (await pipeline.sample({ condition: 'down', negative: 'up' })).dispose();
    expect(calls.encoded).toBe(3);
    const { parameters } = pipeline.assembly.get(Roles.conditioner);
    (await pipeline.sample({ condition: 'up', parameters: { conditioner: parameters ?? {} } })).dispose();
    expect(calls.encoded).toBe(5);
  });

  it('fails alone where it throws between two awaits, and leaves no tensor', async () => {
    await using pipeline = await pipelineOf('counted');
    (await pipeline.sample({ condition: 'up' })).dispose();
    const before = liveTensors();
    calls.fail = true;
    const failed = pipeline.sample({ condition: 'down' });
    await expect(failed).rejects.toMatchObject({ code: 'RXD_PLUGIN_FAILED', plugin: 'conditioner/counted' });
    calls.fail = false;
    expect(liveTensors()).toBe(before);
  });

  it('encodes nothing more for a run that is cancelled meanwhile', async () => {
    await using pipeline = await pipelineOf('counted');
    const before = liveTensors();
    calls.encoded = 0;
    pipeline.sample.events({ condition: 'up' }).subscribe().unsubscribe();
    const cancelled = pipeline.sample.events({ condition: 'down' }).subscribe();
    await new Promise((resolve) => setTimeout(resolve));
    cancelled.unsubscribe();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(calls.encoded).toBeLessThanOrEqual(2);
    expect(liveTensors() - before).toBeLessThanOrEqual(calls.encoded);
  });

  it('says what the network attends to when nobody gives it', async () => {
    const mute = pipelineOf({ name: 'class-label', config: { classes: 2 } });
    await expect(mute).rejects.toMatchObject({ code: 'RXD_COMBINATION' });
  });
});
