import type { Observable } from 'rxjs';
import type { Recipe } from '../../../../core/assembly/recipe.js';
import type { WeightsOfSlots } from '../../../../core/assembly/slot-weights.js';
import { isSlotKey } from '../../../../core/assembly/slot.js';
import type { LiveParameters } from '../../../../core/loop/live-values.js';
import { readRequest } from '../../../../core/requests/read-request.js';
import { sourceOf } from '../../../../core/storage/byte-sources.js';
import { TensorFile } from '../../../../core/storage/tensor-file.js';
import { placeOf, type WeightsPlace } from '../../../../core/storage/weights.js';
import { z } from 'zod';
import { MOST, real } from '../../../../core/assembly/config-numbers.js';
import { adaptersOf } from './adapters.js';
import type { LoraFormat } from './keys.js';
import { layersIn } from './layers.js';
import { LoraModules } from './modules.js';

/** A pipeline as a recipe and its weights: what `readPipeline` gives, or `readLora` of an earlier file. */
export interface AdaptablePipeline {
  readonly recipe: Recipe;
  /** Weights by slot, as they lie in files: they say what the layers of the networks are called. */
  readonly weights: WeightsOfSlots;
}

/** How a LoRA file is read. */
export interface ReadLoraOptions {
  /** Label of its adapters' slots: `style` is `adapter:style`, and `adapter:style-text` for text encoders. `lora` where absent, then `lora-2`, … */
  readonly label?: string;
  /** How far the weights are changed: 0 leaves them as they are. 1 where absent. */
  readonly scale?: number;
  /** What becomes of keys that are no layer of the pipeline: an error that names them, or `unmatched` of the result. `refuse` where absent. */
  readonly unmatched?: 'refuse' | 'list';
  /** What errors call the file. */
  readonly file?: string;
}

const options = z
  .strictObject({
    label: z.string().refine((label) => isSlotKey(`adapter:${label}`), 'expected a word without spaces and colons'),
    scale: real(),
    unmatched: z.enum(['refuse', 'list']),
    file: z.string().min(1).max(MOST.width),
  } satisfies { readonly [K in keyof Required<ReadLoraOptions>]: z.ZodType })
  .partial();

/** A pipeline with the adapters of a LoRA file added. Weights lie in the open file until `close`. */
export interface LoraReading extends AdaptablePipeline, AsyncDisposable {
  /** The slots of its adapters: `['adapter:style', 'adapter:style-text']`. */
  readonly slots: readonly string[];
  /** How its keys are named. */
  readonly format: LoraFormat;
  /** Layers that it changes. */
  readonly layers: number;
  /** Keys that are no layer of the pipeline, where they were to be listed. */
  readonly unmatched: readonly string[];
  /** `live` of a request, in which the scale of all its adapters is this observable. */
  live(scale$: Observable<number>): LiveParameters;
  /** Closes the file: its weights cannot be read after that. Idempotent. */
  close(): Promise<void>;
}

/**
 * Reads a LoRA for the networks of a pipeline: a safetensors file in the names of peft and diffusers, of kohya, or of diffusers'
 * attention processors. The result is the pipeline with an adapter (`low-rank`) for the denoiser and one for the text encoders,
 * each layer with its own rank and alpha. Give it to `diffusion`, or to `readLora` again to stack another file.
 *
 * @param from - `openFile(path)` of `rxdiffusion/node`, a `File`, bytes, a `URL`
 * @throws DiffusionError `RXD_FORMAT_UNSUPPORTED` for DoRA, LoHa, LoKr and other kinds; `RXD_PARAMETERS_MISMATCH` for keys that
 * are no layer of the pipeline and shapes that do not fit; `RXD_FILE_CORRUPT`, `RXD_STORE_READ`
 *
 * @example
 * await using style = await readLora(await openFile('style.safetensors'), model, { label: 'style', scale: 0.8 });
 * await using pipeline = await diffusion(style.recipe, { plugins: [...nodePlugins, ...model.plugins], weights: style.weights });
 * using result = await pipeline.sample({ condition: 'a cat', live: style.live(scale$) });
 */
export async function readLora(
  from: WeightsPlace,
  base: AdaptablePipeline,
  asked: ReadLoraOptions = {},
): Promise<LoraReading> {
  const source = sourceOf(await placeOf(from));
  const close = async (): Promise<void> => source.close?.();
  try {
    const read = readRequest(asked, options, 'the options of the LoRA') as ReadLoraOptions;
    const { file = from instanceof URL ? from.href : 'the LoRA file', scale = 1, unmatched = 'refuse' } = read;
    const opened = await TensorFile.open(source, file);
    const found = await layersIn(opened, new LoraModules(base.recipe, base.weights), { file, unmatched });
    const { slots, plugins, weights } = adaptersOf(found.layers, base.recipe, { label: read.label, scale });
    return {
      recipe: { ...base.recipe, plugins: { ...base.recipe.plugins, ...plugins } },
      weights: { ...base.weights, ...weights },
      slots,
      format: found.format,
      layers: found.layers.length,
      unmatched: found.unmatched,
      live: (scale$) => Object.fromEntries(slots.map((slot) => [`${slot}.scale`, scale$])),
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
