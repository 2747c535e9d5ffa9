import {
  catalogue,
  diffusion,
  fromComfy,
  loadWeights,
  readScheduler,
  Roles,
  type Catalogue,
  type Diffusion,
  type DiffusionOptions,
  type FloatImages,
  type LoadedWeights,
  type ParametersBySlot,
  type SampleOptions,
  type SchedulerReading,
  type Weights,
} from '../../index.js';
import { conditionsOf, refuseBoth, withPrompt, type ConditionOptions } from '../conditions.js';
import { interrupts } from '../interrupt.js';
import { loadProgress } from '../load-progress.js';
import type { Output } from '../output.js';
import { labelsOf } from '../labels.js';
import { withLoras, type LoraFlag } from '../loras.js';
import { openModel, type Model, type ModelOptions } from '../model.js';
import { knownPlugins } from '../own-plugins.js';
import { picturesOf, type PictureOptions, type PictureRequest } from '../pictures.js';
import { readBytes } from '../read-recipe.js';
import { memoryLimitOf, withSettings, withSlots, type RecipeOptions } from '../slots.js';
import { weightsFrom, type WeightFiles } from '../weights.js';
import { checkPictureName, checkPlace, writePictures, writeRaw } from '../write-samples.js';

/** Options of `rxdiffusion sample`. */
export interface SampleFlags extends RecipeOptions, ConditionOptions, ModelOptions, PictureOptions {
  /** Several of a small model, one of a folder where absent. */
  readonly count?: number;
  /** Samples in one run of the network. */
  readonly batch: number;
  readonly labels?: string;
  readonly seed?: number;
  readonly height?: number;
  readonly width?: number;
  /** Path of a `scheduler_config.json` of diffusers. */
  readonly scheduler?: string;
  /** Names of ComfyUI. */
  readonly comfy?: readonly [sampler: string, scheduler: string];
  readonly raw?: string;
  readonly out?: string;
  /** LoRA files of diffusers and kohya. */
  readonly lora?: readonly LoraFlag[];
  /** Checkpoints for the slots of networks, instead of what the main one has. */
  readonly weights?: WeightFiles;
}

type Counted = SampleFlags & { readonly count: number };

const SEVERAL = 16;

/**
 * `rxdiffusion sample MODEL`: samples with the weights of a checkpoint, a file of weights or the folder of a pipeline, and writes
 * pictures, or raw numbers to measure.
 */
export async function sampleCommand(path: string, flags: SampleFlags, output: Output): Promise<void> {
  const leaving = new AbortController();
  const listening = interrupts(output, 'stopping before the next step').subscribe((signal) => leaving.abort(signal));
  try {
    await untilLeaving(path, flags, output, leaving.signal);
  } finally {
    listening.unsubscribe();
  }
}

async function untilLeaving(path: string, flags: SampleFlags, output: Output, signal: AbortSignal): Promise<void> {
  const onProgress = loadProgress(output, { model: path, json: flags.json });
  const opened = await openModel(path, flags, { onProgress, signal });
  await using model = await withLoras(opened, path, flags.lora ?? []);
  const options: Counted = { ...withPrompt(flags), count: flags.count ?? (model.file ? SEVERAL : 1) };
  const observer = [options.json ? 'json-lines' : 'progress'];
  const scheduler = await schedulerOf(options);
  const comfy = options.comfy && fromComfy(...options.comfy);
  const slots = { ...scheduler?.plugins, ...comfy?.plugins, observer, ...options.use };
  const plugins = [...(await knownPlugins(options.plugins)), ...model.plugins];
  const said = withSlots(model.recipe, slots);
  const recipe = withSettings(catalogue(plugins), said, options.set ?? []);
  await using pipeline = await diffusion(recipe, { plugins, ...weightsGiven(model), ...memoryLimitOf(options) });
  const processors = pipeline.assembly.all(Roles.postProcessor);
  const out = options.out ?? (options.raw === undefined ? 'samples.png' : undefined);
  if (out !== undefined) checkPictureName(out, { mayGiveFiles: mayGiveFiles(catalogue(plugins), pipeline) });
  for (const path of [out, options.raw]) if (path !== undefined) await checkPlace(path);
  const labels = labelsFor(pipeline, options);
  const steps = options.steps ?? Number(pipeline.assembly.recipe.sample?.['steps'] ?? 50);
  const pictures = await picturesOf(pipeline, options, { steps, usual: model.strength });
  const ask = scheduler?.request ?? {};
  const samples = await sampled(pipeline, model.file, labels, { ...options, ask, pictures, signal });
  if (options.raw !== undefined) await writeRaw(options.raw, samples, labels);
  const written = out === undefined ? [] : await writePictures(out, samples, processors);
  if (!options.json) for (const file of [...(options.raw ? [options.raw] : []), ...written]) output.line(file);
}

const weightsGiven = ({ weights }: Model): Pick<DiffusionOptions, 'weights'> => (weights ? { weights } : {});

/** Whether a post-processor of the recipe may give files: one that says no other, or says nothing. */
function mayGiveFiles(known: Catalogue, { assembly }: Diffusion): boolean {
  const { postProcessor = [] } = assembly.recipe.plugins;
  const names = [postProcessor].flat().map((use) => (typeof use === 'string' ? use : use.name));
  const isOther = (name: string): boolean =>
    ['pixels', 'images'].includes(String(known.find(Roles.postProcessor, name).tags?.['gives']));
  return assembly.all(Roles.postProcessor).length > names.length || !names.every(isOther);
}

/** The labels that are asked for; all of them in turn where nothing says what to sample, neither here nor in the recipe. */
function labelsFor({ assembly }: Diffusion, options: Counted): readonly number[] | undefined {
  refuseBoth(options.labels, options);
  const classes = assembly.find(Roles.conditioner)?.classes;
  const said = [options, assembly.recipe.sample ?? {}].some((asked) => 'condition' in asked || 'conditions' in asked);
  return said && options.labels === undefined ? undefined : labelsOf(options.labels, options.count, classes);
}

/** The scheduler config of diffusers that was named, read for the steps that were asked for. */
async function schedulerOf({ scheduler, steps }: SampleFlags): Promise<SchedulerReading | undefined> {
  if (scheduler === undefined) return undefined;
  const text = new TextDecoder().decode(await readBytes(scheduler, 'a scheduler_config.json'));
  return readScheduler(text, steps === undefined ? {} : { steps });
}

async function sampled(
  { assembly, sample }: Diffusion,
  file: Weights | undefined,
  labels: readonly number[] | undefined,
  options: Counted & {
    readonly ask: SampleOptions;
    readonly pictures: PictureRequest;
    readonly signal: AbortSignal;
  },
): Promise<FloatImages> {
  const { count, batch, seed = 0, steps, height, width, weights = {}, ask: said, pictures, signal } = options;
  const held: LoadedWeights[] = [];
  try {
    const own = file && weights['denoiser'] === undefined ? [await loadWeights(file, assembly)] : [];
    held.push(...own);
    const named = await weightsFrom(weights, assembly);
    held.push(...Object.values(named));
    const parameters = Object.assign({}, ...held.map((loaded) => loaded.parametersBySlot)) as ParametersBySlot;
    const parts: FloatImages[] = [];
    for (let first = 0; first < count; first += batch) {
      const ask: SampleOptions = {
        ...said,
        ...(Object.keys(parameters).length > 0 ? { parameters } : {}),
        seed: seed + first,
        count: Math.min(batch, count - first),
        ...withPictures(conditionsOf(options, { first, count: batch, of: count }), pictures),
        ...(labels ? { condition: labels.slice(first, first + batch) } : {}),
        ...(steps === undefined ? {} : { steps }),
        ...(height === undefined ? {} : { height }),
        ...(width === undefined ? {} : { width }),
        ...pictures.ask,
      };
      using result = await sample(ask, { signal });
      parts.push(result.images());
    }
    return joined(parts, count);
  } finally {
    for (const loaded of held) loaded.dispose();
  }
}

/** Conditions with control images, where there are. */
function withPictures(conditions: ReturnType<typeof conditionsOf>, { conditioned }: PictureRequest): SampleOptions {
  return 'condition' in conditions ? { ...conditions, ...conditioned(conditions.condition) } : conditions;
}

function joined(parts: readonly FloatImages[], count: number): FloatImages {
  const [, height = 1, width = 1, channels = 1] = parts[0]?.shape ?? [];
  const data = new Float32Array(count * height * width * channels);
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  return { kind: 'float', shape: [count, height, width, channels], data };
}
