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
  type Recipe,
  type SampleOptions,
  type Slots,
} from 'rxdiffusion';
import { readPipeline, type PipelineReading, type ReadFile } from 'rxdiffusion/diffusers';
import { nodePlugins, readFolder } from 'rxdiffusion/node';
import { z } from 'zod';
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
  readonly states: Judged;
  readonly decoded: Judged;
  readonly pixels: string;
}

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
  ...['num_images_per_prompt', 'clip_skip', 'original_inference_steps'],
]);

/** The worst difference of a run, in units of its tolerance; pixels may be off by one step. */
export async function runDifference(folder: NetworkFolder, record: PipelineRecord, engine: Engine): Promise<number> {
  const unknown = Object.keys(record.arguments).find((key) => !TAKEN.has(key));
  if (unknown !== undefined) throw new Skipped(`the argument ${unknown} of a pipeline`);
  const { num_inference_steps: steps, eta } = record.arguments as { num_inference_steps: number; eta?: number };
  await using model = await readPipeline(readerOf(folder, record), {
    ...{ steps, compatible: 'diffusers', step: eta === undefined ? {} : { eta } },
    ...(record.variant === undefined ? {} : { variant: record.variant }),
  });
  const recorded = recordedNoise(folder, record);
  const given = definePlugin({
    ...{ role: Roles.engine, name: 'given', config: z.strictObject({}) },
    ...{ create: () => engine, dispose: () => undefined },
  });
  const plugins = [...nodePlugins, ...model.plugins, recorded, given];
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
function readerOf({ path }: NetworkFolder, { scheduler, pipeline }: PipelineRecord): ReadFile {
  const read = readFolder(path);
  return async (file) => {
    if (file === 'scheduler/scheduler_config.json') return new TextEncoder().encode(JSON.stringify(scheduler));
    if (file !== 'model_index.json') return read(file);
    const index = JSON.parse(await readFile(join(path, file), 'utf8')) as object;
    return new TextEncoder().encode(JSON.stringify({ ...index, _class_name: pipeline }));
  };
}

/** The recipe of a reading, with the guidance of the call. */
function recipeOf({ recipe }: PipelineReading, { arguments: said, scheduler }: PipelineRecord, own: Slots): Recipe {
  const { guidance_scale: scale = 7.5, guidance_rescale: phi = 0, clip_skip: skip } = said as Record<string, number>;
  const of = scheduler['prediction_type'] === 'v_prediction' ? 'v' : 'epsilon';
  const guidance = phi > 0 ? { name: 'cfg-rescale', config: { scale, phi, of } } : { name: 'cfg', config: { scale } };
  const { conditioner } = recipe.plugins as {
    readonly conditioner?: { readonly name: string; readonly config: object };
  };
  const skipping =
    conditioner && skip !== undefined
      ? { conditioner: { ...conditioner, config: { ...conditioner.config, clip_skip: skip } } }
      : {};
  return {
    ...recipe,
    plugins: { ...recipe.plugins, ...(scale > 1 ? { guidance } : { guidance: 'none' }), ...skipping, ...own },
  };
}

function requestOf(folder: NetworkFolder, record: PipelineRecord): SampleOptions {
  const {
    prompt,
    negative_prompt: negative,
    height,
    width,
    num_images_per_prompt: each = 1,
  } = record.arguments as {
    readonly prompt: string | readonly string[];
    readonly negative_prompt?: string | readonly string[];
    readonly height?: number;
    readonly width?: number;
    readonly num_images_per_prompt?: number;
  };
  const repeated = (texts: string | readonly string[]): readonly string[] =>
    (typeof texts === 'string' ? [texts] : texts).flatMap((text) => Array.from({ length: each }, () => text));
  const condition = repeated(prompt);
  const [, , rows = 0, columns = 0] = namedTensor(folder, record.inputs['latents'] ?? '').shape;
  return {
    seeds: condition.map((_, sample) => sample),
    condition,
    ...(negative === undefined ? {} : { negative: repeated(negative) }),
    ...(height === undefined && rows > 0 && columns > 0 ? {} : { height: height ?? 0, width: width ?? 0 }),
  };
}

/** Sample k of the batch has seed k: its start and the noise of each of its steps are the record's. */
function recordedNoise(folder: NetworkFolder, { inputs, noise }: PipelineRecord) {
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
  const batch = namedTensor(folder, inputs['latents'] ?? '').shape[0] ?? 1;
  const source: NoiseSource = {
    normal: ({ seed, purpose, step }, count) =>
      purpose === 'start'
        ? pick(inputs['latents'], seed, count)
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
  console.log(got.map((x, at) => relativeDifference(x, expected[at] ?? [])));
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
