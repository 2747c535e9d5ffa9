import { jsonOf, type ReadFile } from '../../../../../core/storage/model-folder.js';
import { readModelIndex, type ModelIndex } from '../model-index.js';
import type { OnnxFiles } from './onnx-files.js';

/** Classes of Optimum and diffusers that load model files: `ORTStableDiffusionPipeline`, `OnnxStableDiffusionPipeline`. */
const PREFIX = /^(ORT|Onnx)(?=[A-Z])/;

/** The class of a part that is a model file. */
const MODEL = 'OnnxRuntimeModel';

/** Where a network in safetensors would lie: what is there in both forms is read in that one. */
const SAFETENSORS = ['diffusion_pytorch_model.safetensors', 'diffusion_pytorch_model.safetensors.index.json'];

/** An index, whether there is one or not, and whether the networks are model files. */
export interface IndexedFolder {
  readonly index: ModelIndex;
  readonly isOnnx: boolean;
}

/**
 * Reads the index of a folder. One of model files need not have one: those of demos for browsers do not.
 *
 * @throws DiffusionError what `readModelIndex` throws, where there are no model files either
 */
export async function indexedFolder(read: ReadFile, files: OnnxFiles): Promise<IndexedFolder> {
  if ((await jsonOf(read, 'model_index.json')) === undefined && (await hasNetwork(files)))
    return { index: { className: 'StableDiffusionPipeline', parts: {}, options: {} }, isOnnx: true };
  const index = await readModelIndex(read);
  const { className, parts } = index;
  if (PREFIX.test(className) || Object.values(parts).includes(MODEL)) return { index, isOnnx: true };
  return { index, isOnnx: !(await hasSafetensors(read)) && (await hasNetwork(files)) };
}

async function hasNetwork(files: OnnxFiles): Promise<boolean> {
  return (await files.open('unet')) !== undefined || (await files.open('transformer')) !== undefined;
}

async function hasSafetensors(read: ReadFile): Promise<boolean> {
  for (const part of ['unet', 'transformer'])
    for (const name of SAFETENSORS) {
      const file = await read(`${part}/${name}`);
      if (file === undefined) continue;
      if (!(file instanceof Uint8Array)) await file.close?.();
      return true;
    }
  return false;
}
