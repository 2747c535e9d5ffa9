import * as tf from '@tensorflow/tfjs';
import type { LoadedModel, ModelContent, ModelResult } from '../../../core/contracts/model-file.js';
import { DiffusionError } from '../../../core/errors/diffusion-error.js';
import { messageOf } from '../../../core/errors/format-value.js';
import { runModel, type ModelCall } from '../../../core/kernels/run-model.js';
import { startThread } from './node/start-thread.js';
import { sizeOf, type HostData } from './graph/spec.js';
import { loadFile } from './runner/load-file.js';
import type { Feed } from './runner/protocol.js';
import { Runner } from './runner/runner.js';

/** The thread that runs model files for engines that are not ONNX Runtime: one a process, as long as a model is loaded. */
let host: Promise<Runner> | undefined;
let users = 0;
/** The ends of threads that nobody needs. */
let ending: Promise<unknown> = Promise.resolve();

/**
 * Loads a model file into a session of its own, beside an engine that computes on the calling thread: inputs are read from
 * its backend and results written to it, and the thread waits meanwhile.
 *
 * @param plugin - the engine, for errors
 * @throws DiffusionError `RXD_DEPENDENCY_MISSING` where onnxruntime-node cannot be loaded, `RXD_FORMAT_UNSUPPORTED`
 */
export async function ownModel(content: ModelContent, plugin: string): Promise<LoadedModel> {
  const runner = await taken(plugin);
  try {
    const loaded = await loadFile(runner, content, plugin);
    let isLoaded = true;
    return {
      run: (inputs, results) => runModel(callOf(runner, loaded.number, content, results), inputs),
      dispose: () => {
        if (!isLoaded) return;
        isLoaded = false;
        loaded.dispose();
        giveBack();
      },
    };
  } catch (error) {
    giveBack();
    throw error;
  }
}

async function taken(plugin: string): Promise<Runner> {
  users++;
  try {
    host ??= started();
    const runner = await host;
    if (runner.problem === undefined) return runner;
    host = started();
    return await host;
  } catch (cause) {
    host = undefined;
    users--;
    throw missing(plugin, cause);
  }
}

async function started(): Promise<Runner> {
  const runner = new Runner({ provider: 'cpu' }, startThread);
  try {
    await runner.started();
    return runner;
  } catch (error) {
    await runner.stop();
    throw error;
  }
}

/** The last one to go ends the thread. */
function giveBack(): void {
  if (--users > 0 || host === undefined) return;
  const last = host;
  host = undefined;
  ending = Promise.all([ending, last.then((runner) => runner.stop())]);
}

/** Resolves when threads that nobody needs any more have ended. */
export async function unusedEnded(): Promise<void> {
  await ending;
}

/** Numbers of values with the runner. */
let lastValue = 0;

function callOf(
  runner: Runner,
  number: number,
  { inputs: names }: ModelContent,
  results: readonly ModelResult[],
): ModelCall {
  return (given) => {
    const backend = tf.backend();
    const feeds = names.map((name): Feed => {
      const { dataId, dtype, shape } = given[name] as tf.TensorInfo;
      const type = dtype === 'int32' ? 'int32' : 'float32';
      return { type, dims: shape, data: backend.readSync(dataId) as HostData };
    });
    const made = results.map(({ shape }) => ({ id: --lastValue, shape: [...shape] }));
    const ids = made.map(({ id }) => id);
    runner.run(
      number,
      feeds,
      ids,
      made.map(({ shape }) => shape),
    );
    try {
      return made.map(({ id, shape }) => {
        const data = runner.readSync(id, 'float32', sizeOf(shape));
        return { dataId: backend.write(data as Float32Array, shape, 'float32'), shape, dtype: 'float32' };
      });
    } catch (error) {
      throw failed(error);
    } finally {
      runner.free(ids);
    }
  };
}

function failed(cause: unknown): DiffusionError {
  return new DiffusionError('RXD_ENGINE_FAILED', {
    problem: `ONNX Runtime could not compute this: ${messageOf(cause)}`,
    fix: 'use smaller batches if memory ran out; check that inputs have the shapes that the model takes',
    cause,
  });
}

function missing(plugin: string, cause: unknown): DiffusionError {
  return new DiffusionError('RXD_DEPENDENCY_MISSING', {
    problem: 'model files need ONNX Runtime, which cannot be loaded',
    got: messageOf(cause),
    expected: 'the package onnxruntime-node, in the version that this package knows',
    fix: '`npm install onnxruntime-node@1.30.0`',
    plugin,
    cause,
  });
}
