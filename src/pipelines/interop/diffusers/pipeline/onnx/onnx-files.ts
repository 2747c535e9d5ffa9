import type { ModelFile } from '../../../../../core/contracts/model-file.js';
import { openModelFile } from '../../../../../core/model-files/open-model-file.js';
import { DiffusionError } from '../../../../../core/errors/diffusion-error.js';
import { jsonOf, type ReadFile } from '../../../../../core/storage/model-folder.js';
import { isPlainObject, type Settings } from '../../../../../core/assembly/plain-json.js';

/** The parts of a pipeline that may be model files. */
export type OnnxPart = 'unet' | 'transformer' | 'text_encoder' | 'text_encoder_2' | 'vae_decoder' | 'vae_encoder';

/** Where model files lie that are named otherwise than in the known layouts, by their part. */
export type OnnxPaths = Readonly<Partial<Record<OnnxPart, string>>>;

/** Endings that exporters give files of fewer bits or other operators, tried in order where no variant is said. */
const VARIANTS = ['', '_layernorm', '_fp16', '_f16', '_q4f16', '_quantized'];

/** What a folder has of model files. */
export class OnnxFiles {
  readonly read: ReadFile;
  readonly #variants: readonly string[];
  readonly #paths: OnnxPaths;

  /** @param variant - `fp16` reads `model_fp16.onnx` */
  constructor(read: ReadFile, variant: string | undefined, paths: OnnxPaths = {}) {
    [this.read, this.#paths] = [read, paths];
    this.#variants = variant === undefined ? VARIANTS : [`_${variant}`];
  }

  /** The model file of a part; nothing where there is none. */
  async open(part: OnnxPart): Promise<ModelFile | undefined> {
    const said = this.#paths[part];
    if (said !== undefined) return this.#named(said);
    for (const path of this.#candidates(part)) {
      const file = await openModelFile(this.read, path);
      if (file !== undefined) return file;
    }
    return undefined;
  }

  /** The same, of a part that has to be there. Throws `RXD_STORE_READ`. */
  async needed(part: OnnxPart): Promise<ModelFile> {
    const file = await this.open(part);
    if (file !== undefined) return file;
    throw missing(part, this.#candidates(part));
  }

  /** The settings beside a part; none where it has no `config.json`. Throws `RXD_FILE_CORRUPT` for what is no JSON. */
  async config(part: string): Promise<Settings> {
    const json = await jsonOf(this.read, `${part}/config.json`);
    return isPlainObject(json) ? json : {};
  }

  async #named(path: string): Promise<ModelFile> {
    const file = await openModelFile(this.read, path);
    if (file === undefined) throw missing(path, [path]);
    return file;
  }

  /** Optimum's and diffusers' folders, the `onnx/` folder of Transformers.js, and files side by side. */
  #candidates(part: OnnxPart): readonly string[] {
    return this.#variants.flatMap((variant) => [
      `${part}/model${variant}.onnx`,
      `onnx/${part}_model${variant}.onnx`,
      `onnx/${part}/model${variant}.onnx`,
      `${part}${variant}.onnx`,
      `${part.replaceAll('_', '-')}${variant}.onnx`,
    ]);
  }
}

function missing(part: string, tried: readonly string[]): DiffusionError {
  return new DiffusionError('RXD_STORE_READ', {
    problem: `the folder has no ONNX file for ${part}`,
    expected: `one of ${tried.slice(0, 6).join(', ')}`,
    fix: 'get the folder again, all of it, or say where the file lies: `onnx: { unet: "path.onnx", … }` of `readPipeline`',
  });
}
