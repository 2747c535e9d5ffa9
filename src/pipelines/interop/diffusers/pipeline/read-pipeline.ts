import type { CatalogueEntry } from '../../../../core/assembly/catalogue.js';
import { didYouMean, listed } from '../../../../core/assembly/nearest-name.js';
import type { Settings } from '../../../../core/assembly/plain-json.js';
import { RECIPE_FORMAT, type Recipe } from '../../../../core/assembly/recipe.js';
import type { WeightsOfSlots } from '../../../../core/assembly/slot-weights.js';
import { unsupported } from '../../../../core/storage/corrupt.js';
import { Loading, type LoadOptions } from '../../../../core/storage/loading.js';
import { jsonOf, type ReadFile } from '../../../../core/storage/model-folder.js';
import type { WeightsPlace } from '../../../../core/storage/weights.js';
import type { DiffusersQuirk } from '../quirks.js';
import { parsePythonJson, readScheduler } from '../read-scheduler.js';
import type { SchedulerOptions } from '../scheduler-file.js';
import { FAMILIES } from './families.js';
import { indexedFolder } from './onnx/is-onnx.js';
import { OnnxFiles, type OnnxPaths } from './onnx/onnx-files.js';
import { onnxParts } from './onnx/onnx-parts.js';
import { OWN_SLOTS } from './own-slots.js';
import { PipelineFiles, type PipelineClass, type PipelineParts } from './pipeline-files.js';
import { openPlace, type PipelinePlace } from './pipeline-place.js';
import type { BesideFile } from './single-file/single-file.js';

/** How a folder is read. */
export interface ReadPipelineOptions extends SchedulerOptions, LoadOptions, BesideFile {
  /**
   * Share of the steps that a run with an image (`startFrom`) is to make; that of its image to image in diffusers where absent
   * (0.8, 0.3 for Stable Diffusion XL). Latent consistency models read another grid for it.
   */
  readonly strength?: number;
  /** Size of the pictures in pixels, where times depend on it (Flux, Stable Diffusion 3.5); that of the model where absent. */
  readonly height?: number;
  readonly width?: number;
  /** `fp16` reads `*.fp16.safetensors`, and `*_fp16.onnx`; the plain files where absent. */
  readonly variant?: string;
  /** Paths of ONNX files that no known layout has, by part: `{ unet: 'unet-v1.onnx', text_encoder: …, vae_decoder: … }`. */
  readonly onnx?: OnnxPaths;
  /** What diffusers does otherwise and shall be repeated, as `readScheduler` has it; all of it where absent. */
  readonly compatible?: 'diffusers' | readonly DiffusersQuirk[];
  /** What errors call a model that is one file. */
  readonly file?: string;
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
  /** The `strength` that `startFrom` is to have. Where it is 1 and the request has `inpaint`, diffusers starts from noise alone. */
  readonly strength: number;
  /** Keys of the scheduler's config that have no effect. */
  readonly ignored: readonly string[];
  /** Closes the files: weights cannot be read after that. Idempotent. */
  close(): Promise<void>;
}

/**
 * Reads a whole pipeline: a folder as diffusers saves it (`model_index.json`, and a folder for each part, its weights in
 * safetensors), or one file of a Stable Diffusion 1, 2 or XL in the original names, which is told by its tensors. The result is
 * plain: a recipe, and weights that are read tensor by tensor while `diffusion` makes the pipeline.
 *
 * One file has no tokenizer and no configs: `tokenizer` is CLIP's folder of one, and configs are inferred from the tensors;
 * those of a folder given as `config` go before. What is no weight there is passed over: averaged copies, positions, tables.
 *
 * @param from - a folder: what gives files by their path (`readFolder(path)` of `rxdiffusion/node`, `readFiles(list)` of a
 * browser, `readUrl(base)`); or one file: `openFile(path)` of `rxdiffusion/node`, a `File`, bytes, a `URL`
 * @throws DiffusionError `RXD_FORMAT_UNSUPPORTED` for classes of pipelines and parts that are not known, and for files of other
 * kinds; `RXD_STORE_READ` where a file is missing (also where there are only pickles), `RXD_FILE_CORRUPT`,
 * `RXD_SCHEDULER_CONFIG`, `RXD_ABORTED`
 *
 * @example
 * await using model = await readPipeline(readFolder('stable-diffusion-v1-5'), { steps: 20 });
 * await using pipeline = await diffusion(model.recipe, { plugins: [...nodePlugins, ...model.plugins], weights: model.weights });
 * using result = await pipeline.sample({ condition: 'a cat', seed: 7 });
 */
export async function readPipeline(
  from: ReadFile | WeightsPlace,
  options: ReadPipelineOptions = {},
): Promise<PipelineReading> {
  const { variant, config, tokenizer, file } = options;
  const said = Object.entries({ variant, config, tokenizer, file }).filter(([, value]) => value !== undefined);
  const place = await openPlace(from, Object.fromEntries(said), new Loading(options));
  try {
    return await readingOf(place, options);
  } catch (error) {
    await place.close();
    throw error;
  }
}

async function readingOf(place: PipelinePlace, options: ReadPipelineOptions): Promise<PipelineReading> {
  const onnx = new OnnxFiles(place.read, options.variant, options.onnx);
  const { index, isOnnx } = await indexedFolder(place.read, onnx);
  const known: PipelineClass = isOnnx
    ? { ...FAMILIES[index.className.replace(/^(ORT|Onnx)/, '')], family: () => onnxParts(onnx, index.options) }
    : classOf(index.className);
  const files = new PipelineFiles(place, index);
  try {
    const parts = await known.family(files);
    const config = await schedulerOf(files, parts);
    const strength = options.strength ?? known.strength ?? 1;
    const scheduler = readScheduler(
      config,
      withTimes(schedulerOptions(options, known, strength), config, parts, options),
    );
    const close = async (): Promise<void> => {
      await files.close();
      await place.close();
    };
    return {
      className: index.className,
      recipe: {
        format: RECIPE_FORMAT,
        plugins: { ...OWN_SLOTS, ...scheduler.plugins, ...parts.plugins },
        sample: { ...scheduler.request, ...parts.sample },
      },
      plugins: parts.definitions ?? [],
      weights: parts.weights,
      strength: known.strengthInGrid ? 1 : strength,
      ignored: scheduler.ignored.filter((key) => known.step?.[key.replace(/^step /, '')] === undefined),
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await files.close();
    throw error;
  }
}

async function schedulerOf(files: PipelineFiles, { scheduler }: PipelineParts): Promise<Settings> {
  const path = 'scheduler/scheduler_config.json';
  if (scheduler !== undefined && (await jsonOf(files.read, path)) === undefined) return scheduler;
  return files.config('scheduler', 'scheduler_config.json', (text, _, file) => parsePythonJson(text, file));
}

/** What the scheduler is read with: what a call of the class says, and what was asked for. */
function schedulerOptions(
  asked: ReadPipelineOptions,
  { steps, step, strengthInGrid }: PipelineClass,
  strength: number,
): SchedulerOptions {
  return {
    compatible: asked.compatible ?? 'diffusers',
    ...(steps === undefined && asked.steps === undefined ? {} : { steps: asked.steps ?? steps ?? 1 }),
    step: { ...step, ...asked.step },
    setTimesteps: { ...(strengthInGrid && strength < 1 ? { strength } : {}), ...asked.setTimesteps },
  };
}

/** The same with what the pipeline says of times; levels of its own say the steps. */
function withTimes(
  options: SchedulerOptions,
  config: Settings,
  { times }: PipelineParts,
  { height, width }: ReadPipelineOptions,
): SchedulerOptions {
  if (times === undefined) return options;
  const { steps = 50, setTimesteps, ...others } = options;
  const own = { ...times(config, { steps, height, width }), ...setTimesteps };
  return { ...others, setTimesteps: own, ...('sigmas' in own ? {} : { steps }) };
}

function classOf(className: string): PipelineClass {
  const found = Object.hasOwn(FAMILIES, className) ? FAMILIES[className] : undefined;
  if (found !== undefined) return found;
  const known = Object.keys(FAMILIES);
  throw unsupported(
    'model_index.json',
    `a ${className}`,
    listed(known),
    `${didYouMean(className, known)}compose the pipeline of its parts by hand`,
  );
}
