import type { CatalogueEntry } from '../../../../../core/assembly/catalogue.js';
import type { Settings } from '../../../../../core/assembly/plain-json.js';
import { parseRecipe, type Recipe, type Use } from '../../../../../core/assembly/recipe.js';
import type { WeightsOfSlots } from '../../../../../core/assembly/slot-weights.js';
import { DiffusionError } from '../../../../../core/errors/diffusion-error.js';
import type { WriteFolder, WrittenFile } from '../../../../../core/storage/model-folder.js';
import { plainTensors } from '../../../../../core/storage/write-tensors.js';
import type { WriteTensorsOptions } from '../../../../../core/storage/written-numbers.js';
import type { SchedulerClip, SchedulerPlugins } from '../../scheduler-file.js';
import { writeScheduler, type WrittenScheduler } from '../../write-scheduler.js';
import { FAMILIES } from '../families.js';
import { OWN_SLOTS } from '../own-slots.js';
import { folderContent, type FolderContent } from './folder-content.js';
import { NamedSlots } from './named-slots.js';
import { pipelineClass } from './pipeline-class.js';
import { leftOut, readAgain } from './read-again.js';

/** A pipeline that can be written: what `readPipeline` gives, with other slots or weights where you like. */
export interface WritablePipeline {
  readonly recipe: Recipe;
  /** Plugins that the recipe names beside the built-in ones, and that hold its tokenizers. */
  readonly plugins?: readonly CatalogueEntry[];
  /** Weights of every network by slot, as in a file: `slotWeights(assembly, slot).tensors`, `result.weights().tensors`. */
  readonly weights: WeightsOfSlots;
}

/** What was written. */
export interface WrittenPipeline {
  /** The class that `model_index.json` says. */
  readonly className: string;
  /** What the folder does not say: slots (`guidance`, `engine`) and settings (`conditioner: clip_skip`) that a call is told there. */
  readonly leftOut: readonly string[];
  /** Arguments of the scheduler's `step` there (`eta`); empty for most. */
  readonly step: Settings;
}

/**
 * Writes a pipeline as a folder that diffusers opens: `model_index.json`, the scheduler, and a folder for each network with its
 * config and its weights in safetensors, and for each tokenizer. The scheduler is the one whose sampler, grid, schedule and
 * parameterization the recipe has. What was written is read again before it is there, and refused where it would be another
 * pipeline.
 *
 * @param target - `writeFolder(path)` of `rxdiffusion/node`, or anything that writes all files or none
 * @throws DiffusionError `RXD_SCHEDULER_CONFIG` where no scheduler of diffusers is the recipe's; `RXD_FORMAT_UNSUPPORTED` for
 * networks and slots that no pipeline there has; `RXD_REQUEST_INVALID` where weights or a tokenizer are missing, or a number does
 * not fit into `dtype`; `RXD_STORE_WRITE`
 *
 * @example
 * await using model = await readPipeline(await openFile('model.safetensors'), { tokenizer });
 * await writePipeline(writeFolder('model'), model);
 */
export async function writePipeline(
  target: WriteFolder,
  { recipe: said, plugins = [], weights }: WritablePipeline,
  options: WriteTensorsOptions = {},
): Promise<WrittenPipeline> {
  const recipe = parseRecipe(said);
  const slots = new NamedSlots(recipe.plugins, plugins);
  const { config, step } = schedulerOf(slots, recipe.sample ?? {});
  const kind = pipelineClass(slots, recipe.sample ?? {}, String(config['_class_name']));
  const content = withScheduler(folderContent(slots, kind, weights), config);
  const again = await readAgain(content);
  const unsaid = leftOut(recipe.plugins, { ...OWN_SLOTS, ...again.plugins }, plugins);
  await target(filesOf(content, options));
  return { className: kind.className, leftOut: unsaid, step: told(step, kind.className) };
}

/** Arguments of `step` that the calls of a class do not say by themselves. */
function told(step: Settings, className: string): Settings {
  const own = FAMILIES[className]?.step ?? {};
  return Object.fromEntries(Object.entries(step).filter(([key, value]) => own[key] !== value));
}

function schedulerOf(slots: NamedSlots, { clip, steps }: Settings): WrittenScheduler {
  const use = (slot: keyof SchedulerPlugins): Use => {
    const own = slots.useOf(slot);
    if (own !== undefined) return own;
    throw new DiffusionError('RXD_RECIPE_INVALID', {
      problem: `the recipe fills no ${slot}, which a scheduler of diffusers says`,
      expected: 'schedule, grid, sampler and parameterization',
      fix: `fill the slot ${slot}; slots of a preset are to be written out`,
    });
  };
  const plugins = {
    ...{ schedule: use('schedule'), grid: use('grid') },
    ...{ sampler: use('sampler'), parameterization: use('parameterization') },
  };
  return writeScheduler(plugins, {
    compatible: 'diffusers',
    ...(clip === undefined ? {} : { clip: clip as SchedulerClip }),
    ...(typeof steps === 'number' ? { steps } : {}),
  });
}

function withScheduler({ settings, weights }: FolderContent, config: Settings): FolderContent {
  const { 'model_index.json': index, ...others } = settings;
  const named = { ...(index as Settings), scheduler: ['diffusers', config['_class_name'] ?? null] };
  return { settings: { 'model_index.json': named, ...others, 'scheduler/scheduler_config.json': config }, weights };
}

/** Keys whose numbers transformers refuses where they look whole. */
const REAL =
  /^( *"(?:attention_dropout|dropout|initializer_factor|initializer_range|layer_norm_eps|logit_scale_init_value)": -?\d+)(,?)$/gm;

const jsonText = (content: Settings): string => `${JSON.stringify(content, undefined, 2)}\n`.replaceAll(REAL, '$1.0$2');

async function* filesOf(
  { settings, weights }: FolderContent,
  options: WriteTensorsOptions,
): AsyncGenerator<WrittenFile> {
  for (const [path, content] of Object.entries(settings)) {
    const text = typeof content === 'string' ? content : jsonText(content);
    yield { path, parts: [new TextEncoder().encode(text)] };
  }
  for (const [path, tensors] of Object.entries(weights)) yield { path, parts: plainTensors(tensors, options).parts };
}
