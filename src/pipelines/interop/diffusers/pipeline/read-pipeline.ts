import type { CatalogueEntry } from '../../../../core/assembly/catalogue.js';
import { didYouMean, listed } from '../../../../core/assembly/nearest-name.js';
import { RECIPE_FORMAT, type Recipe } from '../../../../core/assembly/recipe.js';
import type { WeightsOfSlots } from '../../../../core/assembly/slot-weights.js';
import { unsupported } from '../../../../core/storage/corrupt.js';
import { Loading, type LoadOptions } from '../../../../core/storage/loading.js';
import type { ReadFile } from '../../../../core/storage/model-folder.js';
import type { DiffusersQuirk } from '../quirks.js';
import { readScheduler } from '../read-scheduler.js';
import type { SchedulerOptions } from '../scheduler-file.js';
import { FAMILIES } from './families.js';
import { readModelIndex } from './model-index.js';
import { PipelineFiles, type Family } from './pipeline-files.js';

/** Slots that no folder says. */
const OWN = { engine: 'auto', noise: 'philox', postProcessor: ['to-pixels'] } as const;

/** How a folder is read. */
export interface ReadPipelineOptions extends SchedulerOptions, LoadOptions {
  /** `fp16` reads `*.fp16.safetensors`; the plain files where absent. */
  readonly variant?: string;
  /** What diffusers does otherwise and shall be repeated, as `readScheduler` has it; all of it where absent. */
  readonly compatible?: 'diffusers' | readonly DiffusersQuirk[];
}

/** A folder as a recipe and its weights, which lie in open files until `close`. */
export interface PipelineReading extends AsyncDisposable {
  /** The class that the folder says: `StableDiffusionPipeline`, … */
  readonly className: string;
  /** Every slot that sampling needs, but the engine's: `auto` where you say nothing. Put your own over it. */
  readonly recipe: Recipe;
  /** Plugins that the recipe names and that hold what it does not say (tokenizers): put them beside yours. */
  readonly plugins: readonly CatalogueEntry[];
  /** Weights by slot, for `diffusion`. Each tensor is read when it is needed. */
  readonly weights: WeightsOfSlots;
  /** Keys of the scheduler's config that have no effect. */
  readonly ignored: readonly string[];
  /** Closes the files: weights cannot be read after that. Idempotent. */
  close(): Promise<void>;
}

/**
 * Reads the folder of a whole pipeline as diffusers saves it: `model_index.json`, and a folder for each part, its weights in
 * safetensors. The result is plain: a recipe, and weights that are read tensor by tensor while `diffusion` makes the pipeline.
 *
 * @param from - gives files by their path: `readFolder(path)` of `rxdiffusion/node`, `readFiles(list)` of a browser, `readUrl(base)`
 * @throws DiffusionError `RXD_FORMAT_UNSUPPORTED` for classes of pipelines and parts that are not known, `RXD_STORE_READ` where a file
 * is missing (also where there are only pickles), `RXD_FILE_CORRUPT`, `RXD_SCHEDULER_CONFIG`, `RXD_ABORTED`
 *
 * @example
 * await using model = await readPipeline(readFolder('stable-diffusion-v1-5'), { steps: 20 });
 * await using pipeline = await diffusion(model.recipe, { plugins: [...nodePlugins, ...model.plugins], weights: model.weights });
 * using result = await pipeline.sample({ condition: 'a cat', seed: 7 });
 */
export async function readPipeline(from: ReadFile, options: ReadPipelineOptions = {}): Promise<PipelineReading> {
  const loading = new Loading(options);
  const read: ReadFile = async (path) => {
    loading.refuseAborted();
    return from(path, loading);
  };
  const index = await readModelIndex(read);
  const family = familyOf(index.className);
  const files = new PipelineFiles(read, index, options.variant, loading);
  try {
    const parts = await family(files);
    const config = await files.config('scheduler', 'scheduler_config.json');
    const scheduler = readScheduler(config, { ...options, compatible: options.compatible ?? 'diffusers' });
    const close = (): Promise<void> => files.close();
    return {
      className: index.className,
      recipe: {
        format: RECIPE_FORMAT,
        plugins: { ...OWN, ...scheduler.plugins, ...parts.plugins },
        sample: { ...scheduler.request, ...parts.sample },
      },
      plugins: parts.definitions ?? [],
      weights: parts.weights,
      ignored: scheduler.ignored,
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await files.close();
    throw error;
  }
}

function familyOf(className: string): Family {
  const family = Object.hasOwn(FAMILIES, className) ? FAMILIES[className] : undefined;
  if (family !== undefined) return family;
  const known = Object.keys(FAMILIES);
  throw unsupported(
    'model_index.json',
    `a ${className}`,
    listed(known),
    `${didYouMean(className, known)}compose the pipeline of its parts by hand`,
  );
}
