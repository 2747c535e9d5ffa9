import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { filter, firstValueFrom, map, toArray } from 'rxjs';
import type * as tf from '@tensorflow/tfjs';
import { definePlugin, diffusion, Roles, type Engine, type Recipe, type Slots } from 'rxdiffusion';
import { readPipeline, type PipelineReading, type ReadFile } from 'rxdiffusion/diffusers';
import { nodePlugins, openFile, readFolder } from 'rxdiffusion/node';
import { z } from 'zod';
import { isLora, withLora } from './loras.js';
import { namedTensor, relativeDifference, type NetworkFolder } from './network-folder.js';
import { toTheirs } from './network-inputs.js';
import { recordedNoise } from './pipeline-noise.js';
import { isPacked, SIZES, type PipelineRecord } from './pipeline-record.js';
import { requestOf } from './pipeline-request.js';
import { Skipped } from './solver-case.js';

/** Arguments that a run here takes. */
const TAKEN = new Set([
  ...[
    'prompt',
    'negative_prompt',
    'guidance_scale',
    'guidance_rescale',
    'height',
    'width',
    'num_inference_steps',
    'eta',
  ],
  ...['num_images_per_prompt', 'clip_skip', 'original_inference_steps', 'prompt_2', 'negative_prompt_2', ...SIZES],
  ...['prompt_3', 'negative_prompt_3'],
  ...SIZES.map((name) => `negative_${name}`),
  ...['strength', 'controlnet_conditioning_scale', 'control_guidance_start', 'control_guidance_end', 'guess_mode'],
]);

/** The worst difference of a run, in units of its tolerance; pixels may be off by one step. */
export async function runDifference(folder: NetworkFolder, record: PipelineRecord, engine: Engine): Promise<number> {
  const unknown = Object.keys(record.arguments).find((key) => !TAKEN.has(key));
  if (unknown !== undefined) throw new Skipped(`the argument ${unknown} of a pipeline`);
  const { num_inference_steps: steps, eta, strength } = record.arguments as Readonly<Record<string, number>>;
  const { checkpoint } = folder.record as { readonly checkpoint?: string };
  const config = readerOf(folder, record);
  await using plain = await readPipeline(
    checkpoint === undefined ? config : await openFile(join(folder.path, checkpoint)),
    {
      ...(steps === undefined ? {} : { steps }),
      ...(eta === undefined ? {} : { step: { eta } }),
      ...(strength === undefined ? {} : { strength }),
      ...sizeOf(record),
      ...(record.variant === undefined ? {} : { variant: record.variant }),
      ...(checkpoint === undefined ? {} : { config }),
    },
  );
  await using model = await withLora(folder, plain, record.lora_scale);
  const recorded = recordedNoise(folder, record, plain.strength);
  const given = definePlugin({
    ...{ role: Roles.engine, name: 'given', config: z.strictObject({}) },
    ...{ create: () => engine, dispose: () => undefined },
  });
  const plugins = [...nodePlugins, ...plain.plugins, recorded, given];
  const recipe = recipeOf(model, record, { engine: given.name, noise: recorded.name });
  await using pipeline = await diffusion(recipe, { plugins, weights: model.weights });
  const events = pipeline.sample.events(requestOf(folder, record, { recipe: model.recipe, strength: plain.strength }));
  const states = await firstValueFrom(
    events.pipe(
      filter((event) => event.kind === 'step'),
      map(({ x, to }) =>
        inTheirUnits(
          String(record.scheduler['_class_name']),
          engine.run(() => (isPacked(record) ? x.clone() : toTheirs(x))),
          to.alpha,
        ),
      ),
      toArray(),
      map((all) => Promise.all(all)),
    ),
  );
  using result = await pipeline.sample(requestOf(folder, record, { recipe: model.recipe, strength: plain.strength }));
  const images = result.images();
  const differences = [statesDifference(folder, record, states), pixelDifference(folder, record, images)];
  return Math.max(...differences);
}

/** The size of a picture, where the call says one. */
function sizeOf({ arguments: said }: PipelineRecord): { readonly height?: number; readonly width?: number } {
  const { height, width } = said as { readonly height?: number; readonly width?: number };
  return height === undefined || width === undefined ? {} : { height, width };
}

/** Classes whose samples are `x0 + sigma noise`, whatever the path. */
const SIGMA_SPACE = /^(Euler|Heun|LMS|KDPM|DPMSolverSDE)/;

/** The numbers of a sample as a class of schedulers has it. */
export async function inTheirUnits(scheduler: string, x: tf.Tensor, alpha: number): Promise<Float32Array> {
  const numbers = Float32Array.from(await x.data());
  x.dispose();
  return SIGMA_SPACE.test(scheduler) ? numbers.map((value) => value / alpha) : numbers;
}

/** Files of the folder, with the scheduler and the class of the run. */
function readerOf(folder: NetworkFolder, { scheduler, pipeline, arguments: said }: PipelineRecord): ReadFile {
  const { path } = folder;
  const { base, config: configs = '' } = folder.record as { readonly base?: string; readonly config?: string };
  const whole = join(path, base ?? configs);
  const [read, readControl] = [readFolder(whole), readFolder(path)];
  const { original_inference_steps: original } = said;
  const config = { ...scheduler, ...(original === undefined ? {} : { original_inference_steps: original }) };
  const control = base === undefined || isLora(folder) ? {} : { controlnet: ['diffusers', 'ControlNetModel'] };
  return async (file) => {
    if (file === 'scheduler/scheduler_config.json') return new TextEncoder().encode(JSON.stringify(config));
    if (base !== undefined && file.startsWith('controlnet/')) return readControl(file.slice('controlnet/'.length));
    if (file !== 'model_index.json') return read(file);
    const index = JSON.parse(await readFile(join(whole, file), 'utf8')) as object;
    return new TextEncoder().encode(JSON.stringify({ ...index, ...control, _class_name: pipeline }));
  };
}

/** The recipe of a reading, with the guidance of the call. */
function recipeOf({ recipe }: Pick<PipelineReading, 'recipe'>, record: PipelineRecord, own: Slots): Recipe {
  const { arguments: said, scheduler } = record;
  const { guidance_scale: scale = 7.5, guidance_rescale: phi = 0, clip_skip: skip } = said as Record<string, number>;
  const of = scheduler['prediction_type'] === 'v_prediction' ? 'v' : 'epsilon';
  const guidance = phi > 0 ? { name: 'cfg-rescale', config: { scale, phi, of } } : { name: 'cfg', config: { scale } };
  const guided = Object.hasOwn(recipe.plugins, 'guidance') ? { guidance: scale > 1 ? guidance : 'none' } : {};
  const slots = Object.entries(recipe.plugins).map(([slot, use]) => [slot, independent(skipping(use, skip))] as const);
  return { ...recipe, plugins: { ...Object.fromEntries(slots), ...guided, ...own } };
}

/** An SDE solver whose noise is new in each step, as it was recorded; another plugin as it is. */
function independent(use: Slots[string]): Slots[string] {
  const isSde = typeof use === 'object' && 'name' in use && /sde/.test(use.name) && use.name !== 'dpmpp-singlestep';
  return isSde ? { ...use, config: { ...use.config, noise: 'independent' } } : use;
}

/** A text encoder with `clip_skip`; another plugin as it is. */
function skipping(use: Slots[string], skip: number | undefined): Slots[string] {
  if (skip === undefined || typeof use === 'string' || !('name' in use) || !use.name.startsWith('clip-text'))
    return use;
  return { ...use, config: { ...use.config, clip_skip: skip } };
}

function statesDifference(
  folder: NetworkFolder,
  { states, scheduler }: PipelineRecord,
  got: readonly Float32Array[],
): number {
  const { data } = namedTensor(folder, states.tensor);
  const size = got[0]?.length ?? 0;
  const all = Array.from({ length: data.length / size }, (_, at) => data.subarray(at * size, (at + 1) * size));
  const expected = ours(all, String(scheduler['_class_name']), got.length);
  if (expected.length !== got.length) throw new Error(`${got.length} states, not ${expected.length}`);
  const pairs = expected.flatMap((numbers, at) => (numbers === undefined ? [] : [[got[at] ?? [], numbers] as const]));
  return Math.max(...pairs.map(([x, numbers]) => relativeDifference(x, numbers))) / states.tolerance;
}

/** Those of the recorded states that are states of ours, after each step; `undefined` where ours is another. */
function ours<T>(all: readonly T[], scheduler: string, count: number): readonly (T | undefined)[] {
  // PNDM goes its first step twice: the first try is no state of ours.
  if (scheduler === 'PNDMScheduler') return all.slice(1);
  // A step of two calls is one of ours, the last one has one call.
  if (all.length === 2 * count - 1 && count > 1) return all.filter((_, at) => at % 2 === 1 || at === all.length - 1);
  // Theirs are not corrected yet, ours are; the last one is not corrected anywhere.
  if (/^(UniPC|SASolver)/.test(scheduler)) return all.map((state, at) => (at === all.length - 1 ? state : undefined));
  return all;
}

function pixelDifference(
  folder: NetworkFolder,
  { pixels }: PipelineRecord,
  images: { readonly data: Float32Array; readonly shape: readonly number[] },
): number {
  const [count = 0, height = 0, width = 0, channels = 0] = images.shape;
  const expected = namedTensor(folder, pixels).data;
  if (expected.length !== images.data.length)
    throw new Error(`${images.data.length} numbers of pixels, not ${expected.length}`);
  let worst = 0;
  for (let image = 0; image < count; image++)
    for (let channel = 0; channel < channels; channel++)
      for (let at = 0; at < height * width; at++) {
        const value = images.data[(image * height * width + at) * channels + channel] ?? Number.NaN;
        const pixel = Math.round(255 * Math.min(1, Math.max(0, value / 2 + 0.5)));
        worst = Math.max(worst, Math.abs(pixel - (expected[(image * channels + channel) * height * width + at] ?? 0)));
      }
  return worst;
}
