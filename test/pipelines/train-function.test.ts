import * as tf from '@tensorflow/tfjs';
import { firstValueFrom, lastValueFrom, map, Subject, take, tap, toArray, type Observable } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { ParameterSet } from '../../src/core/contracts/denoiser.js';
import type { Store } from '../../src/core/contracts/store.js';
import { DiffusionError } from '../../src/core/errors/diffusion-error.js';
import { macrotask } from '../../src/core/loop/macrotask.js';
import type { TrainEvent } from '../../src/core/loop/train-events.js';
import { definePlugin } from '../../src/core/assembly/define-plugin.js';
import type { Slots } from '../../src/core/assembly/recipe.js';
import { Roles } from '../../src/core/assembly/roles.js';
import { decodeCheckpoint, type Checkpoint } from '../../src/core/storage/checkpoint.js';
import { loadNewest } from '../../src/core/storage/stored-runs.js';
import { diffusion, type Diffusion } from '../../src/pipelines/diffusion.js';
import { standardPlugins } from '../../src/pipelines/presets/standard-plugins.js';
import type { TrainOptions } from '../../src/pipelines/train-function.js';
import { liveTensors } from '../leak-guard.js';

const BATCH = 16;

const tiny: Slots = {
  engine: 'tfjs-cpu',
  dataset: { name: 'two-moons', config: { size: 64 } },
  denoiser: { name: 'mlp', config: { width: 8, blocks: 1 } },
  optimizer: { name: 'adamw', config: { learningRate: 0.01 } },
  average: { name: 'ema', config: { decay: 0.9 } },
  store: 'memory',
};

/** A store that fails at its n-th write, as a recipe names it. */
const failingStore = definePlugin({
  role: Roles.store,
  name: 'failing',
  config: z.strictObject({ writes: z.int() }),
  create({ config }): Store {
    const entries = new Map<string, Uint8Array>();
    let left = config.writes;
    return {
      read: async (name) => entries.get(name) ?? new Uint8Array(0),
      write: async (name, bytes) => {
        if (left-- === 0) throw new DiffusionError('RXD_STORE_WRITE', { problem: 'the disk is full', fix: 'free it' });
        entries.set(name, bytes);
      },
      list: async () => [...entries.keys()],
      remove: async (name) => void entries.delete(name),
    };
  },
});

const pipelines: Diffusion[] = [];

async function pipelineOf(slots: Slots = {}, train: object = {}): Promise<Diffusion> {
  const plugins = { ...tiny, ...slots };
  const recipe = { format: 1, preset: 'ddpm', plugins, train: { batchSize: BATCH, seed: 3, ...train } };
  const pipeline = await diffusion(recipe, { plugins: [...standardPlugins, failingStore] });
  pipelines.push(pipeline);
  return pipeline;
}

const storeOf = ({ assembly }: Diffusion): Store => assembly.get(Roles.store);

const eventsOf = (events: Observable<TrainEvent>): Promise<TrainEvent[]> => lastValueFrom(events.pipe(toArray()));

/** `step 1`, `checkpoint 2` … */
const told = (events: readonly TrainEvent[]): string[] => events.map(({ kind, step }) => `${kind} ${step}`);

const numbersOf = (parameters: ParameterSet): Record<string, number[]> =>
  Object.fromEntries(Object.entries(parameters).map(([name, tensor]) => [name, [...tensor.dataSync()]]));

/** The weights that a pipeline gives, as numbers. */
async function trainedNumbers(pipeline: Diffusion, ask: TrainOptions): Promise<Record<string, number[]>> {
  using result = await pipeline.train(ask);
  return numbersOf(result.parameters);
}

async function newestOf(pipeline: Diffusion): Promise<Checkpoint> {
  const newest = await loadNewest(storeOf(pipeline));
  if (newest === undefined) throw new Error('no checkpoint was written');
  return newest.checkpoint;
}

/** What a run held is freed when its update in flight and the files that it writes have come back. */
const expectHeld = (count: number): Promise<void> =>
  vi.waitFor(() => expect(liveTensors()).toBe(count), { timeout: 20_000, interval: 1 });

let before = 0;
beforeEach(() => {
  before = liveTensors();
});
afterEach(async () => {
  for (const pipeline of pipelines.splice(0)) await pipeline.dispose();
});

describe('pipeline.train', () => {
  it('gives owned weights with the names and shapes of the network, and they are trained', async () => {
    const pipeline = await pipelineOf();
    const { parameters: initial } = pipeline.assembly.get(Roles.denoiser);
    const inPipeline = liveTensors();
    const result = await pipeline.train({ steps: 3 });
    expect(result.step).toBe(3);
    expect(result.loss).toBeGreaterThan(0);
    const shapes = (set: ParameterSet) => Object.fromEntries(Object.entries(set).map(([n, { shape }]) => [n, shape]));
    expect(shapes(result.parameters)).toEqual(shapes(initial));
    expect(numbersOf(result.parameters)).not.toEqual(numbersOf(initial));
    await expectHeld(inPipeline + Object.keys(initial).length);
    await pipeline.dispose();
    expect(Object.values(numbersOf(result.parameters)).flat().every(Number.isFinite)).toBe(true);
    result.dispose();
    expect(liveTensors()).toBe(before);
  });

  it('gives the average where the recipe keeps one, else the last weights', async () => {
    const averaged = await pipelineOf();
    const numbers = await trainedNumbers(averaged, { steps: 2 });
    const { average, parameters } = await newestOf(averaged);
    const bias = 'input.bias';
    expect(numbers[bias]).toEqual([...(average?.[bias]?.data ?? [])]);
    expect(numbers[bias]).not.toEqual([...(parameters[bias]?.data ?? [])]);
  });

  it('equal seeds give equal bytes, another seed gives others', async () => {
    const checkpointBytes = async (seed: number): Promise<Uint8Array> => {
      const pipeline = await pipelineOf();
      await trainedNumbers(pipeline, { steps: 3, seed, run: 'the-same' });
      return storeOf(pipeline).read('checkpoint-00000003.safetensors');
    };
    const bytes = await checkpointBytes(5);
    expect(await checkpointBytes(5)).toEqual(bytes);
    const { parameters } = await decodeCheckpoint(bytes);
    expect((await decodeCheckpoint(await checkpointBytes(6))).parameters).not.toEqual(parameters);
  });

  it('two runs of one pipeline at the same time do not disturb each other', async () => {
    const pipeline = await pipelineOf();
    const alone = await trainedNumbers(pipeline, { steps: 3, seed: 1 });
    const [one, other] = await Promise.all([
      trainedNumbers(pipeline, { steps: 3, seed: 1 }),
      trainedNumbers(pipeline, { steps: 3, seed: 2 }),
    ]);
    expect(one).toEqual(alone);
    expect(other).not.toEqual(alone);
  });
});

describe('the events of training', () => {
  it('are start, steps, checkpoints where they are due and before the end, end', async () => {
    const pipeline = await pipelineOf({}, { checkpointEvery: 2 });
    const events = await eventsOf(pipeline.train.events({ steps: 5 }));
    expect(told(events)).toEqual([
      'start 0',
      'step 1',
      'step 2',
      'checkpoint 2',
      'step 3',
      'step 4',
      'checkpoint 4',
      'step 5',
      'checkpoint 5',
      'end 5',
    ]);
    expect(events.every(({ steps }) => steps === 5)).toBe(true);
    expect(events.at(-2)).toMatchObject({ name: 'checkpoint-00000005.safetensors' });
  });

  it('have one checkpoint where the last update is due anyway', async () => {
    const pipeline = await pipelineOf({}, { checkpointEvery: 2 });
    expect(told(await eventsOf(pipeline.train.events({ steps: 2 })))).toEqual([
      'start 0',
      'step 1',
      'step 2',
      'checkpoint 2',
      'end 2',
    ]);
  });

  it('count epochs by what the dataset holds', async () => {
    const pipeline = await pipelineOf();
    const events = await eventsOf(pipeline.train.events({ steps: 9 }));
    const epochs = events.flatMap((event) => (event.kind === 'step' ? [event.epoch] : []));
    expect(epochs).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 2]);
  });

  it('tell of a checkpoint when it can be read', async () => {
    const pipeline = await pipelineOf({}, { checkpointEvery: 1, keep: 9 });
    const reads: Promise<unknown>[] = [];
    await eventsOf(
      pipeline.train
        .events({ steps: 3 })
        .pipe(tap((event) => event.kind === 'checkpoint' && reads.push(storeOf(pipeline).read(event.name)))),
    );
    expect((await Promise.all(reads)).length).toBe(3);
  });

  it('keep as many checkpoints as the recipe says', async () => {
    const pipeline = await pipelineOf({}, { checkpointEvery: 1, keep: 2 });
    await eventsOf(pipeline.train.events({ steps: 5 }));
    expect(await storeOf(pipeline).list()).toEqual([
      'checkpoint-00000004.safetensors',
      'checkpoint-00000005.safetensors',
    ]);
  });

  it('have no checkpoints without a store', async () => {
    const { store: _, ...plugins } = tiny;
    const recipe = { format: 1, preset: 'ddpm', plugins, train: { batchSize: BATCH } };
    await using pipeline = await diffusion(recipe, { plugins: standardPlugins });
    expect(told(await eventsOf(pipeline.train.events({ steps: 1 })))).toEqual(['start 0', 'step 1', 'end 1']);
  });

  it('have an evaluation after each n-th update, of the averaged weights, and training waits for it', async () => {
    const pipeline = await pipelineOf();
    const measured: { step: number; alive: boolean }[] = [];
    const measure = async (parameters: ParameterSet, step: number) => {
      await macrotask();
      const alive = Object.values(parameters).every(({ isDisposed }) => !isDisposed);
      measured.push({ step, alive });
      return { bias: tf.tidy(() => parameters['input.bias']?.sum().dataSync()[0] ?? Number.NaN) };
    };
    const events = await eventsOf(pipeline.train.events({ steps: 5, evaluate: { every: 2, measure } }));
    expect(told(events)).toEqual([
      'start 0',
      'step 1',
      'step 2',
      'evaluation 2',
      'step 3',
      'step 4',
      'evaluation 4',
      'step 5',
      'checkpoint 5',
      'end 5',
    ]);
    expect(measured).toEqual([
      { step: 2, alive: true },
      { step: 4, alive: true },
    ]);
    const [first] = events.flatMap((event) => (event.kind === 'evaluation' ? [event.metrics] : []));
    const [sum = 0] = [(await trainedNumbers(pipeline, { steps: 2 }))['input.bias']?.reduce((a, b) => a + b, 0)];
    expect(first?.['bias']).toBeCloseTo(sum, 5);
  });

  it('end with the error of a measurement that fails', async () => {
    const pipeline = await pipelineOf();
    const held = liveTensors();
    const measure = () => Promise.reject(new Error('no classifier'));
    await expect(pipeline.train({ steps: 3, evaluate: { every: 1, measure } })).rejects.toThrow('no classifier');
    await expectHeld(held);
  });
});

describe('a resumed run', () => {
  const whole = async (): Promise<Checkpoint> => {
    const pipeline = await pipelineOf();
    await trainedNumbers(pipeline, { steps: 6 });
    return newestOf(pipeline);
  };

  it.each([1, 3, 5])('ends as the whole run does, bit for bit, when it goes on from update %i', async (from) => {
    const half = await pipelineOf();
    await trainedNumbers(half, { steps: from });
    const resumed = await pipelineOf();
    await trainedNumbers(resumed, { steps: 6, resume: await newestOf(half) });
    const [there, expected] = [await newestOf(resumed), await whole()];
    expect(there.parameters).toEqual(expected.parameters);
    expect(there.average).toEqual(expected.average);
    expect(there.optimizer).toEqual(expected.optimizer);
    expect(there.step).toBe(6);
  });

  it('goes on from the newest checkpoint of its store, or from the start where there is none', async () => {
    const pipeline = await pipelineOf();
    const fresh = await eventsOf(pipeline.train.events({ steps: 2, resume: true }));
    expect(told(fresh)).toEqual(['start 0', 'step 1', 'step 2', 'checkpoint 2', 'end 2']);
    const more = await eventsOf(pipeline.train.events({ steps: 3, resume: true }));
    expect(told(more)).toEqual(['start 2', 'step 3', 'checkpoint 3', 'end 3']);
    using result = await pipeline.train({ steps: 3, resume: true });
    expect(result.loss).toBeNaN();
  });

  it('is refused without a store, by name', async () => {
    const { store: _, ...plugins } = tiny;
    const recipe = { format: 1, preset: 'ddpm', plugins, train: { batchSize: BATCH } };
    await using pipeline = await diffusion(recipe, { plugins: standardPlugins });
    await expect(pipeline.train({ steps: 1, resume: true })).rejects.toMatchObject({ code: 'RXD_REQUEST_INVALID' });
  });

  it('is refused with the weights of another network', async () => {
    const small = await pipelineOf();
    await trainedNumbers(small, { steps: 1 });
    const wide = await pipelineOf({ denoiser: { name: 'mlp', config: { width: 10, blocks: 1 } } });
    const resume = await newestOf(small);
    await expect(wide.train({ steps: 2, resume })).rejects.toMatchObject({ code: 'RXD_PARAMETERS_MISMATCH' });
  });
});

describe('ending early', () => {
  it('stop$ ends the run after the update in flight, with a checkpoint of that step and the weights as they are', async () => {
    const pipeline = await pipelineOf();
    const stop$ = new Subject<void>();
    const events = await eventsOf(
      pipeline.train.events({ steps: 20_000, stop$ }).pipe(tap((event) => event.step === 2 && stop$.next())),
    );
    expect(told(events)).toEqual(['start 0', 'step 1', 'step 2', 'checkpoint 2', 'end 2']);
    expect(stop$.observed).toBe(false);
    expect((await newestOf(pipeline)).step).toBe(2);
    expect(told(await eventsOf(pipeline.train.events({ steps: 3, resume: true })))[0]).toBe('start 2');
  });

  it('stop$ through the promise gives the weights of that step', async () => {
    const stop$ = new Subject<void>();
    const stopping = await pipelineOf();
    const run = stopping.train({
      steps: 50,
      stop$,
      evaluate: {
        every: 2,
        measure: async () => {
          stop$.next();
          return {};
        },
      },
    });
    using result = await run;
    expect(result.step).toBe(2);
    expect(numbersOf(result.parameters)).toEqual(await trainedNumbers(await pipelineOf(), { steps: 2 }));
  });

  it('unsubscribing at any event cancels, and frees everything', async () => {
    const pipeline = await pipelineOf({}, { checkpointEvery: 2 });
    const held = liveTensors();
    for (let count = 1; count <= 7; count++) {
      const seen = await eventsOf(pipeline.train.events({ steps: 100 }).pipe(take(count)));
      expect(seen).toHaveLength(count);
      await expectHeld(held);
    }
  });

  it('unsubscribing while a checkpoint is written makes no further update, and frees everything once it is', async () => {
    const pipeline = await pipelineOf({}, { checkpointEvery: 1 });
    const held = liveTensors();
    const updates = vi.spyOn(pipeline.assembly.get(Roles.optimizer), 'scalars');
    const writing = new Subject<void>();
    vi.spyOn(storeOf(pipeline), 'write').mockImplementation(() => firstValueFrom(writing));
    const subscription = pipeline.train.events({ steps: 100 }).subscribe();
    await vi.waitUntil(() => writing.observed);
    subscription.unsubscribe();
    writing.next();
    await expectHeld(held);
    expect(updates).toHaveBeenCalledTimes(1);
  });

  it('unsubscribing before the first event starts nothing that stays', async () => {
    const pipeline = await pipelineOf();
    const held = liveTensors();
    pipeline.train.events({ steps: 100 }).subscribe().unsubscribe();
    for (let turn = 0; turn < 10; turn++) await macrotask();
    expect(liveTensors()).toBe(held);
  });

  it('a signal cancels: RXD_ABORTED, no further update, nothing held', async () => {
    const pipeline = await pipelineOf();
    const held = liveTensors();
    const abort = new AbortController();
    let updates = 0;
    const measure = async () => {
      if (++updates === 2) abort.abort('enough');
      return {};
    };
    const run = pipeline.train({ steps: 100, evaluate: { every: 1, measure } }, { signal: abort.signal });
    await expect(run).rejects.toMatchObject({ code: 'RXD_ABORTED', got: 'enough' });
    await expectHeld(held);
    expect(updates).toBe(2);
    expect(await storeOf(pipeline).list()).toEqual([]);
  });

  it('a signal that was given before the start lets nothing start', async () => {
    const pipeline = await pipelineOf();
    await expect(pipeline.train({ steps: 1 }, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'RXD_ABORTED',
    });
    expect(await storeOf(pipeline).list()).toEqual([]);
  });
});

describe('a store that cannot write', () => {
  it('ends the run with its error, after the checkpoints that were written', async () => {
    const pipeline = await pipelineOf(
      { store: { name: 'failing', config: { writes: 1 } } },
      { checkpointEvery: 2, keep: 9 },
    );
    const held = liveTensors();
    const seen: string[] = [];
    const run = pipeline.train.events({ steps: 8 }).pipe(
      tap(({ kind, step }) => void seen.push(`${kind} ${step}`)),
      map(() => undefined),
    );
    await expect(lastValueFrom(run)).rejects.toMatchObject({ code: 'RXD_STORE_WRITE', problem: 'the disk is full' });
    expect(seen.filter((event) => event.startsWith('checkpoint'))).toEqual(['checkpoint 2']);
    expect(seen.at(-1)).toBe('step 4');
    expect(await storeOf(pipeline).list()).toEqual(['checkpoint-00000002.safetensors']);
    await expectHeld(held);
  });

  it('rejects the promise too when only the last checkpoint fails, and gives no weights', async () => {
    const pipeline = await pipelineOf({ store: { name: 'failing', config: { writes: 0 } } });
    const held = liveTensors();
    await expect(pipeline.train({ steps: 2 })).rejects.toMatchObject({ code: 'RXD_STORE_WRITE' });
    await expectHeld(held);
  });
});

describe('requests that cannot be', () => {
  it.each([
    ['a batch that is larger than the dataset', { batchSize: 65 }, /batch size does not fit.*\n.*65/],
    ['a batch of nothing', { batchSize: 0 }, /batchSize/],
    ['half an update', { steps: 1.5 }, /steps/],
    ['no update', { steps: 0 }, /steps/],
    ['a seed that is no number', { seed: Number.NaN }, /seed/],
    ['no checkpoint to keep', { keep: 0 }, /keep/],
  ] as [string, TrainOptions, RegExp][])('are refused: %s', async (_, ask, says) => {
    const pipeline = await pipelineOf();
    const error: unknown = await pipeline.train({ steps: 1, ...ask }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DiffusionError);
    expect((error as DiffusionError).message).toMatch(says);
    expect(await storeOf(pipeline).list()).toEqual([]);
  });

  it('are refused: batches that accumulate does not divide', async () => {
    const pipeline = await pipelineOf({ optimizer: { name: 'adamw', config: { accumulate: 3 } } });
    const held = liveTensors();
    await expect(pipeline.train({ steps: 1 })).rejects.toMatchObject({
      code: 'RXD_REQUEST_INVALID',
      got: '16 samples, accumulate 3',
    });
    await expectHeld(held);
  });
});
