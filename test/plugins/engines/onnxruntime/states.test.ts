import { Worker } from 'node:worker_threads';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { DiffusionError } from '../../../../src/core/errors/diffusion-error.js';
import { onnxRuntimeEngine } from '../../../../src/plugins/engines/onnxruntime/node/engine.js';
import { startThread } from '../../../../src/plugins/engines/onnxruntime/node/start-thread.js';
import type { GraphPart } from '../../../../src/plugins/engines/onnxruntime/graph/graph-part.js';
import type { Kernel } from '../../../../src/plugins/engines/onnxruntime/graph/kernel.js';
import { structureKey } from '../../../../src/plugins/engines/onnxruntime/graph/structure-key.js';
import { Value } from '../../../../src/plugins/engines/onnxruntime/graph/value.js';
import { Executor, KEPT_COMPILED } from '../../../../src/plugins/engines/onnxruntime/runner/executor.js';
import { ModelCache } from '../../../../src/plugins/engines/onnxruntime/runner/model-cache.js';
import { Runner } from '../../../../src/plugins/engines/onnxruntime/runner/runner.js';
import { nodeThread, startWorker } from '../../../../src/plugins/engines/onnxruntime/runner/node-thread.js';
import type { RunnerThread, StartThread } from '../../../../src/plugins/engines/onnxruntime/runner/thread.js';

/** The threads that engines of this file started. */
const threads = vi.hoisted((): Worker[] => []);
vi.mock(import('../../../../src/plugins/engines/onnxruntime/runner/node-thread.js'), async (original) => {
  const { startWorker: start, nodeThread: thread, ...rest } = await original();
  return {
    ...rest,
    nodeThread: thread,
    startWorker: (file, settings) => {
      const worker = start(file, settings);
      threads.push(worker as Worker);
      return worker;
    },
  };
});

const SETTINGS = { provider: 'cpu', threads: 1 } as const;

/** A thread that says it is ready, and ends at the first thing that it is asked. */
const dying = (): RunnerThread =>
  threadOf(
    `const { parentPort } = require('node:worker_threads');
     parentPort.on('message', () => process.exit(1));
     parentPort.postMessage({ kind: 'ready', version: 'test' });`,
  );

const threadOf = (script: string, workerData?: object): RunnerThread =>
  nodeThread(new Worker(script, { eval: true, execArgv: [], workerData }));

describe('a runner whose thread dies', () => {
  it('rejects what waits, what is asked afterwards, and what is read at once', async () => {
    const runner = new Runner(SETTINGS, dying);
    await runner.started();
    const waiting = [runner.settle([1]), runner.read(2)];
    const outcomes = await Promise.allSettled(waiting);
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({ reason: { message: expect.stringContaining('ended') } });
    await expect(runner.read(3)).rejects.toThrow('the thread of ONNX Runtime ended');
    expect(() => runner.readSync(3, 'float32', 1)).toThrow('ended');
    await runner.stop();
  });

  it('ends a read for which this thread stands still', async () => {
    const lastAct = 'process.once("exit", () => Atomics.store(new Int32Array(workerData.ended), 0, 1));';
    const start = `const { parentPort, workerData } = require('node:worker_threads');
     ${lastAct}
     parentPort.postMessage({ kind: 'ready', version: '' });
     parentPort.on('message', () => process.exit(1));`;
    const runner = new Runner(SETTINGS, (settings) => threadOf(start, settings));
    await runner.started();
    expect(() => runner.readSync(1, 'float32', 1)).toThrow('the thread of ONNX Runtime ended');
    await runner.stop();
  });

  it('says so to those who wait for its start', async () => {
    const runner = new Runner(SETTINGS, () => threadOf('process.exit(1)'));
    await expect(runner.started()).rejects.toThrow('the thread of ONNX Runtime ended');
    await runner.stop();
  });

  it('is an RXD_ENGINE_FAILED for values that were to be computed', async () => {
    const runner = new Runner(SETTINGS, dying);
    await runner.started();
    const executor = new Executor('test', runner, 0);
    const value = new Value({ shape: [2], dtype: 'float32' }, { kind: 'resident', layout: 'plain' });
    await expect(executor.settle([value])).rejects.toMatchObject({ code: 'RXD_ENGINE_FAILED' });
    await expect(executor.read(value)).rejects.toMatchObject({ code: 'RXD_ENGINE_FAILED' });
    await runner.stop();
  });
});

describe('a runner that is stopped at work', () => {
  it('keeps the process until its thread has ended, though an answer comes that nobody waits for', async () => {
    const calls: string[] = [];
    const runner = new Runner(SETTINGS, (settings) => {
      const thread = startThread(settings);
      vi.spyOn(thread, 'ref').mockImplementation(() => void calls.push('ref'));
      vi.spyOn(thread, 'unref').mockImplementation(() => void calls.push('unref'));
      return thread;
    });
    await runner.started();
    const given = runner.settle([1]).catch((error: Error) => error.message);
    await runner.stop();
    expect(await given).toBe('the engine was stopped');
    expect(calls.at(-1)).toBe('ref');
  });
});

/** As in a thread of a user's own, which may be ended at any moment: a process computes. */
const overProcess: StartThread = (settings) => nodeThread(startWorker('node/relay-worker', settings));

describe.each([
  ['a thread', startThread],
  ['a process', overProcess],
])('a model that ONNX Runtime refuses in %s', (_, start) => {
  it('fails those who ask for its results, and nobody else', async () => {
    const runner = new Runner(SETTINGS, start);
    await runner.started();
    const executor = new Executor('test', runner, 0);
    const value = new Value({ shape: [1], dtype: 'float32' }, { kind: 'gone' });
    const results = [{ name: 'y', type: 'float32', dims: [1] }] as const;
    runner.load(-1, { bytes: Uint8Array.from([1, 2, 3, 4]), inputs: [], results, optimization: 'disabled' });
    executor.run({ number: -1, layouts: ['plain'] }, [], [value]);
    await expect(executor.settle([value])).rejects.toMatchObject({ code: 'RXD_ENGINE_FAILED' });
    await expect(executor.read(value)).rejects.toMatchObject({ code: 'RXD_ENGINE_FAILED' });
    expect(() => executor.readSync(value)).toThrow('refused the model');
    runner.put(-2, { type: 'float32', dims: [2], data: Float32Array.of(3, 4) });
    expect([...(await runner.read(-2))]).toEqual([3, 4]);
    expect([...runner.readSync(-2, 'float32', 2)]).toEqual([3, 4]);
    await runner.stop();
    await expect(runner.read(-2)).rejects.toThrow('the engine was stopped');
  });
});

describe('an engine', () => {
  const engine = onnxRuntimeEngine({ ...SETTINGS, layout: 'plain' });
  beforeAll(async () => {
    await tf.setBackend('cpu');
    await engine.start();
  });
  afterAll(() => engine.stop());

  it('stops while a function runs, and starts again', async () => {
    const other = onnxRuntimeEngine({ ...SETTINGS, layout: 'plain' });
    await other.start();
    const x = other.run(() => tf.ones([256, 256]));
    const y = other.run(() => tf.tidy(() => tf.matMul(tf.matMul(x, x), x)));
    const settled = other.realize([y]);
    const [outcome] = await Promise.allSettled([settled, other.stop()]);
    const code = outcome.status === 'rejected' ? (outcome.reason as DiffusionError).code : 'computed in time';
    expect(['computed in time', 'RXD_ENGINE_FAILED']).toContain(code);
    expect(() => other.run(() => tf.ones([1]))).toThrow(expect.objectContaining({ code: 'RXD_ENGINE_UNAVAILABLE' }));
    tf.dispose([x, y]);
    await other.start();
    expect(other.run(() => tf.tidy(() => [...tf.add(tf.ones([2]), 1).dataSync()]))).toEqual([2, 2]);
    await other.stop();
  });

  it('takes tensors of another one, both ways', async () => {
    const other = onnxRuntimeEngine({ ...SETTINGS, layout: 'plain' });
    await other.start();
    expect(other.backend).not.toBe(engine.backend);
    const x = engine.run(() => tf.tidy(() => tf.mul(tf.tensor1d([1, 2, 3]), 2)));
    const y = other.run(() => tf.add(x, 1));
    const z = engine.run(() => tf.mul(y, x));
    expect([...(await z.data())]).toEqual([6, 20, 42]);
    expect([...(await x.data())]).toEqual([2, 4, 6]);
    tf.dispose([x, y, z]);
    await other.stop();
  });

  const tooLarge: Readonly<Record<string, () => tf.Tensor>> = {
    'a result': () => tf.tidy(() => tf.add(tf.tile(tf.add(tf.ones([1 << 20]), 1), [1 << 24]), 1)),
    'a value on the way': () =>
      tf.tidy(() => {
        const column = tf.add(tf.ones([1 << 20, 1]), 1);
        return tf.sum(tf.matMul(column, tf.transpose(column)));
      }),
  };

  it.each(Object.keys(tooLarge))('has no memory for %s, says so, and goes on', async (what) => {
    const before = tf.memory().numTensors;
    const held = engine.run(() => tf.tidy(() => tf.mul(tf.ones([2]), 3)));
    const y = engine.run(tooLarge[what] as () => tf.Tensor);
    await expect(engine.realize([y])).rejects.toMatchObject({ code: 'RXD_ENGINE_FAILED' });
    await expect(y.data()).rejects.toMatchObject({ code: 'RXD_ENGINE_FAILED' });
    expect(() => y.dataSync()).toThrow(expect.objectContaining({ code: 'RXD_ENGINE_FAILED' }));
    const z = engine.run(() => tf.add(held, 1));
    expect([...(await z.data())]).toEqual([4, 4]);
    tf.dispose([held, y, z]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('starts again after its thread died, and computes', async () => {
    const other = onnxRuntimeEngine({ ...SETTINGS, layout: 'plain' });
    const began = threads.length;
    await other.start();
    const x = other.run(() => tf.tidy(() => tf.add(tf.ones([2]), 1)));
    await threads[began]?.terminate();
    await expect(x.data()).rejects.toMatchObject({ code: 'RXD_ENGINE_FAILED' });
    await other.start();
    expect(threads).toHaveLength(began + 2);
    expect(other.run(() => tf.tidy(() => [...tf.add(tf.ones([2]), 1).dataSync()]))).toEqual([2, 2]);
    x.dispose();
    await other.stop();
  });

  it('runs a compiled function that reads numbers as it is, and counts it', async () => {
    const before = engine.report().compiled;
    const work = engine.compile((x: tf.Tensor) => tf.mul(x, (tf.sum(x).dataSync()[0] ?? 0) > 5 ? 2 : -1));
    const [small, large] = engine.run(() => [tf.tensor1d([1, 2]), tf.tensor1d([3, 4])] as const);
    const results = [work(small), work(large), work(small)];
    expect(results.map((result) => [...result.dataSync()])).toEqual([
      [-1, -2],
      [6, 8],
      [-1, -2],
    ]);
    expect(engine.report().compiled).toEqual({
      traced: before.traced + 1,
      replayed: before.replayed,
      inline: before.inline + 3,
    });
    tf.dispose([small, large, ...results]);
  });

  it('keeps a captured tensor alive for a compiled function', () => {
    const captured = engine.run(() => tf.tidy(() => tf.mul(tf.tensor1d([1, 2]), 10)));
    const work = engine.compile((x: tf.Tensor) => tf.add(x, captured));
    const x = engine.run(() => tf.tensor1d([1, 1]));
    const first = work(x);
    captured.dispose();
    const second = work(x);
    expect([first, second].map((result) => [...result.dataSync()])).toEqual([
      [11, 21],
      [11, 21],
    ]);
    tf.dispose([x, first, second]);
  });

  it('keeps 32 forms of input, and traces the one unused for longest again', () => {
    const before = engine.report().compiled;
    const work = engine.compile((x: tf.Tensor) => tf.sum(x));
    const call = (length: number): number =>
      engine.run(() => tf.tidy(() => work(tf.ones([length])).dataSync()[0] ?? NaN));
    const lengths = Array.from({ length: 34 }, (_, index) => index + 1);
    expect(lengths.map(call)).toEqual(lengths);
    expect([call(34), call(1)]).toEqual([34, 1]);
    const { traced, replayed } = engine.report().compiled;
    expect([traced - before.traced, replayed - before.replayed]).toEqual([35, 36]);
  });

  it('compiles work of one structure once, whoever asks, and numbers in it keep structures apart', () => {
    const before = engine.report();
    const ask = (factor: number): number => {
      const work = engine.compile((x: tf.Tensor) => tf.sum(tf.mul(tf.square(x), factor)));
      return engine.run(() => tf.tidy(() => work(tf.ones([5])).dataSync()[0] ?? NaN));
    };
    expect([3, 3, -4, 3, -4].map(ask)).toEqual([15, 15, -20, 15, -20]);
    const { compiled, compiledCache } = engine.report();
    expect(compiled.traced - before.compiled.traced).toBe(5);
    expect(compiledCache.misses - before.compiledCache.misses).toBe(2);
    expect(compiledCache.models - before.compiledCache.models).toBe(2);
  });

  it('gives each function of one structure what it captured itself', () => {
    const captured = [1, 2].map((value) => engine.run(() => tf.tidy(() => tf.mul(tf.ones([2]), value))));
    const misses = engine.report().compiledCache.misses;
    const works = captured.map((own) => engine.compile((x: tf.Tensor) => tf.sum(tf.mul(x, own))));
    const sums = works.map((work) => engine.run(() => tf.tidy(() => work(tf.ones([2])).dataSync()[0])));
    expect(sums).toEqual([2, 4]);
    expect(engine.report().compiledCache.misses).toBe(misses + 1);
    tf.dispose(captured);
  });

  it('unloads the compiled work unused for longest, and traces it again', () => {
    const works = Array.from({ length: KEPT_COMPILED + 1 }, (_, index) =>
      engine.compile((x: tf.Tensor) => tf.add(x, index)),
    );
    const call = (index: number): number =>
      engine.run(() => tf.tidy(() => works[index]?.(tf.zeros([3])).dataSync()[0] ?? NaN));
    expect(works.map((_, index) => call(index))).toEqual(works.map((_, index) => index));
    expect(engine.report().compiledCache.models).toBe(KEPT_COMPILED);
    const { traced } = engine.report().compiled;
    expect([call(KEPT_COMPILED), call(0), call(0)]).toEqual([KEPT_COMPILED, 0, 0]);
    expect(engine.report().compiled.traced).toBe(traced + 1);
  });

  it('holds as much after work as before', async () => {
    const held = (): readonly [number, number] =>
      engine.run(() => [tf.memory().numTensors, tf.engine().backend.numDataIds()]);
    const work = engine.compile((x: tf.Tensor2D) => ({ y: tf.softmax(tf.matMul(x, x)) }));
    const before = held();
    for (let round = 0; round < 3; round++) {
      const x = engine.run(() => tf.tidy(() => tf.mul(tf.ones([3, 3]), round)));
      const { y } = work(x as tf.Tensor2D);
      const slope = engine.run(() => tf.tidy(() => tf.grad((z: tf.Tensor) => tf.sum(tf.square(tf.sin(z))))(x)));
      await engine.realize([y, slope]);
      tf.dispose([x, y, slope]);
    }
    expect(held()).toEqual(before);
  });
});

describe('the cache of models', () => {
  it('unloads the model unused for longest, and grows no further', () => {
    const unloaded: number[] = [];
    const runner = { unload: (model: number) => unloaded.push(model) } as unknown as Runner;
    const cache = new ModelCache(runner, 2);
    const ask = (key: string, number: number) => cache.modelFor(key, () => ({ number, layouts: [] })).number;
    expect([ask('a', 1), ask('b', 2), ask('a', 9), ask('c', 3), ask('a', 9), ask('b', 4)]).toEqual([1, 2, 1, 3, 1, 4]);
    expect(unloaded).toEqual([2, 3]);
    expect(cache.report).toEqual({ hits: 2, misses: 4, models: 2 });
  });
});

describe('the key of a structure', () => {
  it('tells apart numbers that JSON writes alike', () => {
    const kernel: Kernel = { name: 'Test', infer: () => undefined, lower: () => [] };
    const keyOf = (attribute: unknown): string => {
      const output = new Value({ shape: [1], dtype: 'float32' }, { kind: 'gone' });
      const part: GraphPart = {
        nodes: [{ kernel, attributes: { attribute }, inputs: [], outputs: [output] }],
        leaves: [],
        results: [output],
      };
      return structureKey(part);
    };
    const numbers = [0, -0, Infinity, -Infinity, NaN, null, 1, [0], [-0]];
    expect(new Set(numbers.map(keyOf)).size).toBe(numbers.length);
    expect(keyOf(-0)).toBe(keyOf(-0));
  });
});
