import type { ModelContent } from '../../../../core/contracts/model-file.js';
import { DiffusionError } from '../../../../core/errors/diffusion-error.js';
import { messageOf } from '../../../../core/errors/format-value.js';
import { newModelNumber } from './model-cache.js';
import type { Runner } from './runner.js';

/** A model file that a runner has loaded. */
export interface LoadedFile {
  readonly number: number;
  /** Gives it back. Idempotent. */
  dispose(): void;
}

/**
 * Loads a model file. Its memory is the runner's from now on.
 *
 * @param plugin - the engine, for errors
 * @throws DiffusionError `RXD_FORMAT_UNSUPPORTED` where ONNX Runtime refuses it, `RXD_ENGINE_FAILED` where its thread is gone
 */
export async function loadFile(
  runner: Runner,
  { name, bytes, external, edges }: ModelContent,
  plugin: string,
): Promise<LoadedFile> {
  const number = newModelNumber();
  const results = edges.outputs.map((output) => ({ name: output, type: 'float32' as const, dims: [] }));
  runner.load(number, { bytes, inputs: edges.inputs, results, optimization: 'all', isFile: true, external });
  let isLoaded = true;
  const dispose = (): void => {
    if (isLoaded) runner.unload(number);
    isLoaded = false;
  };
  try {
    await runner.loaded(number);
    return { number, dispose };
  } catch (cause) {
    dispose();
    throw refused(name, plugin, runner.problem !== undefined, cause);
  }
}

function refused(name: string, plugin: string, isGone: boolean, cause: unknown): DiffusionError {
  return new DiffusionError(isGone ? 'RXD_ENGINE_FAILED' : 'RXD_FORMAT_UNSUPPORTED', {
    problem: `${name} cannot be loaded: ${messageOf(cause)}`,
    expected: 'a model that this version of ONNX Runtime runs',
    fix: isGone ? 'start the engine again, or choose another one' : 'export the network again, or get the file again',
    plugin,
    cause,
  });
}
