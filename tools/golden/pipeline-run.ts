import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { filter, firstValueFrom, map, toArray } from 'rxjs';
import type * as tf from '@tensorflow/tfjs';
import {
  definePlugin,
  diffusion,
  Roles,
  type Engine,
  type NoiseSource,
  type PlainTensor,
  type Recipe,
  type SampleOptions,
  type Slots,
} from 'rxdiffusion';
import { readPipeline, type PipelineReading, type ReadFile } from 'rxdiffusion/diffusers';
import { nodePlugins, openFile, readFolder } from 'rxdiffusion/node';
import { z } from 'zod';
import { isLora, withLora } from './loras.js';
import { namedTensor, relativeDifference, type NetworkFolder } from './network-folder.js';
import { toTheirs } from './network-inputs.js';
import { Skipped, type SchedulerConfig } from './solver-case.js';

interface Judged {
  readonly tensor: string;
  readonly tolerance: number;
}

/** A whole call of a pipeline. */
export interface PipelineRecord {
  readonly name: string;
  readonly pipeline: string;
  readonly scheduler: SchedulerConfig;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly inputs: Readonly<Record<string, string>>;
  readonly noise: Readonly<Record<string, string>>;
  readonly variant?: string;
  readonly timesteps: readonly number[];
  readonly states: Judged;
  readonly decoded: Judged;
  readonly pixels: string;
  /** Scale of the LoRA that the folder holds. */
  readonly lora_scale?: number;
}

/** Sizes that Stable Diffusion XL is told. */
const SIZES = ['original_size', 'crops_coords_top_left', 'target_size'] as const;

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
  ...SIZES.map((name) => `negative_${name}`),
  ...['strength', 'controlnet_conditioning_scale', 'control_guidance_start', 'control_guidance_end'],
]);

/** The worst difference of a run, in units of its tolerance; pixels may be off by one step. */
export async function runDifference(folder: NetworkFolder, record: PipelineRecord, engine: Engine): Promise<number> {
  const unknown = Object.keys(record.arguments).find((key) => !TAKEN.has(key));
  if (unknown !== undefined) throw new Skipped(`the argument ${unknown} of a pipeline`);
  const { num_inference_steps: steps, eta } = record.arguments as { num_inference_steps: number; eta?: number };
  const { checkpoint } = folder.record as { readonly checkpoint?: string };
  const config = readerOf(folder, record);
  await using plain = await readPipeline(
    checkpoint === undefined ? config : await openFile(join(folder.path, checkpoint)),
    {
      ...{ steps, compatible: 'diffusers', step: eta === undefined ? {} : { eta } },
      ...(record.variant === undefined ? {} : { variant: record.variant }),
      ...(checkpoint === undefined ? {} : { config }),
    },
  );
  await using model = await withLora(folder, plain, record.lora_scale);
  const recorded = recordedNoise(folder, record);
  const given = definePlugin({
    ...{ role: Roles.engine, name: 'given', config: z.strictObject({}) },
    ...{ create: () => engine, dispose: () => undefined },
  });
  const plugins = [...nodePlugins, ...plain.plugins, recorded, given];
  const recipe = recipeOf(model, record, { engine: given.name, noise: recorded.name });
  await using pipeline = await diffusion(recipe, { plugins, weights: model.weights });
  const events = pipeline.sample.events({ ...requestOf(folder, record) });
  const states = await firstValueFrom(
    events.pipe(
      filter((event) => event.kind === 'step'),
      map(({ x, to }) =>
        inTheirUnits(
          record,
          engine.run(() => toTheirs(x)),
          to.alpha,
        ),
      ),
      toArray(),
      map((all) => Promise.all(all)),
    ),
  );
  using result = await pipeline.sample(requestOf(folder, record));
  const images = result.images();
  const differences = [statesDifference(folder, record, states), pixelDifference(folder, record, images)];
  return Math.max(...differences);
}

/** Classes whose samples are `x0 + sigma noise`, whatever the path. */
const SIGMA_SPACE = /^(Euler|Heun|LMS|KDPM|DPMSolverSDE)/;

async function inTheirUnits({ scheduler }: PipelineRecord, x: tf.Tensor, alpha: number): Promise<Float32Array> {
  const numbers = Float32Array.from(await x.data());
  x.dispose();
  return SIGMA_SPACE.test(String(scheduler['_class_name'])) ? numbers.map((value) => value / alpha) : numbers;
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
  const slots = Object.entries(recipe.plugins).map(([slot, use]) => [slot, skipping(use, skip)] as const);
  const control = controlOf(recipe, record);
  return { ...recipe, plugins: { ...Object.fromEntries(slots), ...guided, ...control, ...own } };
}

/** The control network with its scale, and the network times at which it acts. */
function controlOf({ plugins }: Recipe, { arguments: said, timesteps }: PipelineRecord): Slots {
  const { control } = plugins as { readonly control?: { readonly name: string; readonly config: object } };
  if (control === undefined) return {};
  const {
    controlnet_conditioning_scale: scale = 1,
    control_guidance_start: start = 0,
    control_guidance_end: end = 1,
  } = said as Record<string, number>;
  const count = timesteps.length;
  const acting = timesteps.filter((_, at) => at / count >= start && (at + 1) / count <= end);
  const times = acting.length === count ? {} : { times: [Math.min(...acting), Math.max(...acting)] };
  return { control: { name: control.name, config: { ...control.config, scale, ...times } } };
}

/** A text encoder with `clip_skip`; another plugin as it is. */
function skipping(use: Slots[string], skip: number | undefined): Slots[string] {
  if (skip === undefined || typeof use === 'string' || !('name' in use) || !use.name.startsWith('clip-text'))
    return use;
  return { ...use, config: { ...use.config, clip_skip: skip } };
}

function requestOf(folder: NetworkFolder, record: PipelineRecord): SampleOptions {
  const {
    height,
    width,
    num_images_per_prompt: each = 1,
  } = record.arguments as {
    readonly height?: number;
    readonly width?: number;
    readonly num_images_per_prompt?: number;
  };
  const negative = textsOf(record, 'negative_', each);
  return {
    seeds: Array.from({ length: batchOf(folder, record) }, (_, sample) => sample),
    ...startOf(folder, record),
    condition: controlledBy(folder, record, textsOf(record, '', each)),
    ...(negative === undefined ? {} : { negative }),
    ...(height === undefined || width === undefined ? sizeOf(folder, record) : { height, width }),
  };
}

/** The size of the control image, of which samples are then. */
function sizeOf(folder: NetworkFolder, { inputs }: PipelineRecord): Partial<SampleOptions> {
  if (inputs['control_image'] === undefined) return {};
  const [, , height = 0, width = 0] = namedTensor(folder, inputs['control_image']).shape;
  return { height, width };
}

/** A condition with the control image of the run, where it has one. */
function controlledBy(folder: NetworkFolder, { inputs }: PipelineRecord, prompt: unknown): unknown {
  if (inputs['control_image'] === undefined) return prompt;
  return { prompt, control_image: channelsLast(namedTensor(folder, inputs['control_image'])) };
}

/** Samples of a run: as many as it has latents, or images to start from. */
function batchOf(folder: NetworkFolder, { inputs }: PipelineRecord): number {
  return namedTensor(folder, inputs['latents'] ?? inputs['image'] ?? '').shape[0] ?? 1;
}

/** The image that a run starts from, and its size where nothing else says one. */
function startOf(folder: NetworkFolder, { inputs, arguments: said }: PipelineRecord): Partial<SampleOptions> {
  const { strength = 1 } = said as { readonly strength?: number };
  if (inputs['image'] === undefined) return {};
  const { data, shape } = channelsLast(namedTensor(folder, inputs['image']));
  const [, height = 0, width = 0] = shape;
  const images = data.map((value) => 2 * value - 1);
  const mask =
    inputs['mask_image'] === undefined ? undefined : Float32Array.from(namedTensor(folder, inputs['mask_image']).data);
  const isBegun = mask === undefined || strength < 1;
  return {
    ...{ height, width },
    ...(isBegun ? { startFrom: { data: images, strength } } : {}),
    ...(mask ? { inpaint: { data: images, mask } } : {}),
  };
}

/** Images of a record, which lie as NCHW. */
function channelsLast({ data, shape }: PlainTensor): { readonly data: Float32Array; readonly shape: number[] } {
  const [count = 0, channels = 0, height = 0, width = 0] = shape;
  const place = height * width;
  const images = Float32Array.from({ length: data.length }, (_, at) => {
    const [pixel, channel] = [Math.floor(at / channels), at % channels];
    return data[(Math.floor(pixel / place) * channels + channel) * place + (pixel % place)] ?? Number.NaN;
  });
  return { data: images, shape: [count, height, width, channels] };
}

/** The texts of one side, each as often as images are made of it; an object where more is said than one text. */
function textsOf({ arguments: said, pipeline }: PipelineRecord, prefix: '' | 'negative_', each: number): unknown {
  const repeated = (texts: unknown): unknown =>
    (Array.isArray(texts) ? (texts as readonly unknown[]) : [texts]).flatMap((text) =>
      Array.from({ length: each }, () => text),
    );
  const [prompt, second] = [said[`${prefix}prompt`], said[`${prefix}prompt_2`]];
  const sizes = SIZES.flatMap((name) =>
    said[prefix + name] === undefined ? [] : [[name, said[prefix + name]] as const],
  );
  const scale =
    prefix === '' && pipeline.startsWith('LatentConsistency') ? { guidance_scale: said['guidance_scale'] } : {};
  if (prompt === undefined) return undefined;
  if (second === undefined && sizes.length === 0 && Object.keys(scale).length === 0) return repeated(prompt);
  return {
    prompt: repeated(prompt),
    ...(second === undefined ? {} : { prompt_2: repeated(second) }),
    ...Object.fromEntries(sizes),
    ...scale,
  };
}

/** Sample k of the batch has seed k: its start and the noise of each of its steps are the record's. */
function recordedNoise(folder: NetworkFolder, record: PipelineRecord) {
  const { inputs, noise, arguments: said } = record;
  const batch = batchOf(folder, record);
  // A run that starts from its image draws latents of it, then those of the masked one; another draws those that it reads.
  const isBegun = ((said['strength'] as number | undefined) ?? 1) < 1;
  const images =
    noise['posterior_noise'] === undefined ? 1 : (namedTensor(folder, noise['posterior_noise']).shape[1] ?? 1);
  const names = { start: inputs['latents'] ?? noise['start_noise'], encode: noise['posterior_noise'] };
  const pick = (name: string | undefined, at: number, count: number): Float64Array => {
    if (name === undefined) throw new Error('this run draws noise that was not recorded');
    const { data, shape } = namedTensor(folder, name);
    const channels = shape.at(-3) ?? 1;
    const pixels = count / channels;
    const numbers = data.subarray(at * count, (at + 1) * count);
    return Float64Array.from(
      { length: count },
      (_, i) => numbers[(i % channels) * pixels + Math.floor(i / channels)] ?? Number.NaN,
    );
  };
  const source: NoiseSource = {
    normal: ({ seed, purpose, step }, count) =>
      purpose === 'start'
        ? pick(names.start, seed, count)
        : purpose === 'encode'
          ? pick(names.encode, (isBegun ? step * images : 0) + (seed % images), count)
          : pick(noise['step_noise'], step * batch + seed, count),
    uniform: () => {
      throw new Error('a sampling run draws no uniform numbers');
    },
  };
  return definePlugin({ role: Roles.noise, name: 'recorded', config: z.strictObject({}), create: () => source });
}

function statesDifference(
  folder: NetworkFolder,
  { states, scheduler }: PipelineRecord,
  got: readonly Float32Array[],
): number {
  const { data } = namedTensor(folder, states.tensor);
  const size = got[0]?.length ?? 0;
  const all = Array.from({ length: data.length / size }, (_, at) => data.subarray(at * size, (at + 1) * size));
  // PNDM goes its first step twice: the first try is no state of ours.
  const expected = scheduler['_class_name'] === 'PNDMScheduler' ? all.slice(1) : all;
  if (expected.length !== got.length) throw new Error(`${got.length} states, not ${expected.length}`);
  return Math.max(...got.map((x, at) => relativeDifference(x, expected[at] ?? []))) / states.tolerance;
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
