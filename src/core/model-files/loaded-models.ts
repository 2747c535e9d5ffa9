import type { Engine } from '../contracts/engine.js';
import type { LoadedModel, ModelFile } from '../contracts/model-file.js';
import { DiffusionError } from '../errors/diffusion-error.js';

/**
 * Loads a model file on an engine, which is started first.
 *
 * @param outputs - names of the outputs that are wanted, in order
 * @throws DiffusionError `RXD_ENGINE_UNAVAILABLE` where the engine runs no model files, what `loadModel` throws
 */
export async function loadedModel(engine: Engine, file: ModelFile, outputs: readonly string[]): Promise<LoadedModel> {
  await engine.start();
  if (engine.loadModel === undefined) throw runsNone(engine.name, file.name);
  return engine.loadModel(await file.read(outputs));
}

function runsNone(engine: string, file: string): DiffusionError {
  return new DiffusionError('RXD_ENGINE_UNAVAILABLE', {
    problem: `the engine ${engine} runs no model files`,
    got: file,
    expected: 'an engine with `loadModel`: all engines of this package have it',
    fix: 'choose the engine onnxruntime, or onnxruntime-web in a browser',
    plugin: `engine/${engine}`,
  });
}
