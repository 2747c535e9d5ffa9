import type * as tf from '@tensorflow/tfjs';
import type { LoadedModel, ModelContent, ModelResult } from '../../../../core/contracts/model-file.js';
import { runModel, type ModelCall } from '../../../../core/kernels/run-model.js';
import { GONE, Value } from '../graph/value.js';
import { loadFile } from '../runner/load-file.js';
import { ForeignValue } from './foreign-value.js';
import { reshaped } from './host-kernels.js';
import { infoOf } from './info-of.js';
import type { RecorderBackend } from './recorder-backend.js';
import { NotTraceable } from './trace.js';

/**
 * A model file in the thread of an engine: it takes the values that are there, and its results stay there.
 *
 * @param checkAlive - throws where the engine was stopped
 */
export async function fileModel(
  backend: RecorderBackend,
  content: ModelContent,
  plugin: string,
  checkAlive: () => void,
): Promise<LoadedModel> {
  const { inputs: names } = content;
  const loaded = await loadFile(backend.executor.runner, content, plugin);
  const call =
    (results: readonly ModelResult[]): ModelCall =>
    (given) => {
      checkAlive();
      const inputs = names.map((name) => given[name] as tf.TensorInfo);
      return computed(backend, loaded.number, inputs, results);
    };
  return {
    run: (inputs, results) => runModel(call(results), inputs),
    dispose: () => loaded.dispose(),
  };
}

function computed(
  backend: RecorderBackend,
  number: number,
  inputs: readonly tf.TensorInfo[],
  results: readonly ModelResult[],
): readonly tf.TensorInfo[] {
  // A compiled function that calls a model is run as it is, between the models that are made of its other kernels.
  if (backend.trace !== undefined) {
    backend.trace.wasRead = true;
    throw new NotTraceable();
  }
  const views = inputs.map((info) => viewOf(backend, info));
  try {
    const made = results.map(({ shape }) => new Value({ shape, dtype: 'float32' }, GONE));
    const { executor } = backend;
    executor.submit(views.map(({ value }) => value));
    const feeds = views.map(({ value }) => executor.feed(value, 'plain'));
    const shapes = results.map(({ shape }) => shape);
    executor.run({ number, layouts: [] }, feeds, made, shapes);
    return made.map((value) => infoOf(backend.adopt(value)));
  } finally {
    for (const { value, isOwn } of views) if (isOwn) backend.disposeData(value);
  }
}

/** A value under the shape that tfjs says, and whether it was made for that. */
function viewOf(
  backend: RecorderBackend,
  { dataId, shape }: tf.TensorInfo,
): { readonly value: Value; readonly isOwn: boolean } {
  const value = backend.operand(dataId);
  if (value instanceof ForeignValue) throw new Error(`a model takes numbers, not ${value.dtype}`);
  if (shape.join() === value.shape.join()) return { value, isOwn: false };
  return { value: reshaped(backend, value, shape), isOwn: true };
}
