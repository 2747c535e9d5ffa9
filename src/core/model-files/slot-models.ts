import { listed } from '../assembly/nearest-name.js';
import type { ModelFile } from '../contracts/model-file.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import type { ReadableTensors } from '../tensors/plain-tensor.js';

/** Found by name, so that those of a second copy of the package are known too. */
const FILES = Symbol.for('rxdiffusion/model-files');

/** The model files of a slot: given to `diffusion` where its weights would be, of which it has none by themselves. */
export interface ModelFiles extends ReadableTensors {
  readonly [FILES]: Readonly<Record<string, ModelFile>>;
}

/**
 * Model files for a slot, by what each does: `{ model }` for a denoiser or a text encoder, `{ decoder, encoder }` for a codec.
 *
 * @example
 * await diffusion(recipe, { plugins, weights: { denoiser: modelFiles({ model }) } });
 */
export function modelFiles(files: Readonly<Record<string, ModelFile>>): ModelFiles {
  return Object.defineProperty({}, FILES, { value: files }) as ModelFiles;
}

/** Whether what a slot is given are model files. */
export function isModelFiles(given: unknown): given is ModelFiles {
  return typeof given === 'object' && given !== null && FILES in given;
}

/** Model files by what they do. */
export function filesOf({ [FILES]: files }: ModelFiles): Readonly<Record<string, ModelFile>> {
  return files;
}

/** Bytes of the weights of model files. */
export function modelBytes(models: ModelFiles): number {
  return Object.values(filesOf(models)).reduce((sum, { bytes }) => sum + bytes, 0);
}

/**
 * The model file that does something.
 *
 * @param plugin - `role/name`, for the error
 * @throws DiffusionError `RXD_PARAMETERS_MISMATCH` where none was given
 */
export function neededModel(models: ModelFiles | undefined, part: string, plugin: string): ModelFile {
  const found = models && filesOf(models)[part];
  if (found !== undefined) return found;
  throw new DiffusionError('RXD_PARAMETERS_MISMATCH', {
    problem: `the plugin needs a model file as ${part}`,
    got: models === undefined ? 'no model files for its slot' : listed(Object.keys(filesOf(models))),
    expected: `\`weights: { slot: modelFiles({ ${part} }) }\` of \`diffusion\``,
    fix: '`readPipeline` of a folder with ONNX files gives them; `openModelFile` opens one by itself',
    plugin,
  });
}
