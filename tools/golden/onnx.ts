import * as tf from '@tensorflow/tfjs';
import { lastValueFrom, tap } from 'rxjs';
import {
  definePlugin,
  diffusion,
  Roles,
  type Conditioner,
  type Diffusion,
  type Engine,
  type NoiseSource,
  type PlainTensor,
  type Recipe,
  type SampleOptions,
} from 'rxdiffusion';
import { readPipeline } from 'rxdiffusion/diffusers';
import { nodePlugins, readFolder } from 'rxdiffusion/node';
import { z } from 'zod';
import { inputTensors } from '../../src/core/training/condition-inputs.js';
import { outputOf } from '../../src/core/tensors/network-output.js';
import { relativeDifference } from './network-folder.js';
import { toOurs, toTheirs } from './network-inputs.js';
import { inTheirUnits } from './pipeline-run.js';
import { onnxRecord, type OnnxRecord, type PromptRecord, type Stored } from './onnx-record.js';
import type { PartCheck } from './parts.js';

/** The checks of a folder of model files: each gives its worst difference in units of the tolerance. None for other folders. */
export async function onnxChecks(path: string, engine: Engine): Promise<readonly PartCheck[]> {
  const record = await onnxRecord(path).catch(() => undefined);
  if (record === undefined) return [];
  const using = (work: (pipeline: Diffusion) => Promise<number>) => async () => {
    await using pipeline = await pipelineOf(path, record, engine);
    return await work(pipeline);
  };
  return [
    ...record.prompts.map(
      (_, at) => [`prompt ${at}`, using(async (pipeline) => promptDifference(pipeline, engine, record, at))] as const,
    ),
    ['unet', using((pipeline) => unetDifference(pipeline, engine, record))],
    ['vae_encoder', using((pipeline) => encoderDifference(pipeline, engine, record))],
    ['sampling', using((pipeline) => samplingDifference(pipeline, record))],
  ];
}

async function pipelineOf(path: string, { sampling }: OnnxRecord, engine: Engine): Promise<Diffusion> {
  const { num_inference_steps: steps, eta = 0, guidance_scale: scale, latents } = sampling;
  const model = await readPipeline(readFolder(path), { steps, compatible: 'diffusers', step: { eta } });
  const own = { config: z.strictObject({}) };
  const given = definePlugin({
    ...{ role: Roles.engine, name: 'given', ...own },
    ...{ create: () => engine, dispose: () => undefined },
  });
  const recorded = definePlugin({ role: Roles.noise, name: 'recorded', ...own, create: () => noiseOf(latents) });
  const recipe: Recipe = {
    ...model.recipe,
    plugins: {
      ...model.recipe.plugins,
      ...{ engine: given.name, noise: recorded.name },
      guidance: { name: 'cfg', config: { scale } },
    },
  };
  return diffusion(recipe, { plugins: [...nodePlugins, ...model.plugins, recorded, given], weights: model.weights });
}

/** Sample k has seed k. */
function noiseOf({ shape, values }: Stored): NoiseSource {
  const [, channels = 1] = shape;
  return {
    normal: ({ seed, purpose }, count) => {
      if (purpose !== 'start') throw new Error('this run draws noise that was not recorded');
      const numbers = values.slice(seed * count, (seed + 1) * count);
      const pixels = count / channels;
      const at = (i: number): number => (i % channels) * pixels + Math.floor(i / channels);
      return Float64Array.from({ length: count }, (_, i) => numbers[at(i)] ?? Number.NaN);
    },
    uniform: () => {
      throw new Error('a sampling run draws no uniform numbers');
    },
  };
}

async function statesOf(pipeline: Diffusion, engine: Engine, prompt: string) {
  const conditioner: Conditioner = pipeline.assembly.get(Roles.conditioner);
  const inputs = await conditioner.prepare(prompt, { count: 1 });
  const states = engine.run(() =>
    tf.tidy(() => conditioner.encode({}, inputTensors(inputs))['encoder_hidden_states'] as tf.Tensor),
  );
  const [, , width = 1] = states.shape;
  const numbers = await states.data<'float32'>();
  states.dispose();
  return { ids: inputs['input_ids']?.data ?? [], numbers, width };
}

async function promptDifference(
  pipeline: Diffusion,
  engine: Engine,
  { prompts, tolerance, last_hidden_state_of_first_prompt: whole }: OnnxRecord,
  at: number,
): Promise<number> {
  const { prompt, input_ids: ids, last_hidden_state: expected } = prompts[at] as PromptRecord;
  const got = await statesOf(pipeline, engine, prompt);
  if (got.ids.length !== ids.length || !ids.every((id, place) => got.ids[place] === id)) return Infinity;
  const { numbers, width } = got;
  const sum = numbers.reduce((total, value) => total + value, 0);
  const magnitudes = numbers.reduce((total, value) => total + Math.abs(value), 0);
  const differences = [
    relativeDifference(numbers.slice(width, width + 8), expected.token_1_first_8),
    relativeDifference(numbers.slice(-8), expected.last_token_last_8),
    Math.abs(sum - expected.sum) / expected.sum_of_magnitudes,
    Math.abs(magnitudes - expected.sum_of_magnitudes) / expected.sum_of_magnitudes,
    ...(at === 0 ? [relativeDifference(numbers, whole.values)] : []),
  ];
  return Math.max(...differences) / tolerance;
}

async function unetDifference(
  pipeline: Diffusion,
  engine: Engine,
  { prompts, unet, tolerance }: OnnxRecord,
): Promise<number> {
  const denoiser = pipeline.assembly.get(Roles.denoiser);
  const [rows = 1] = unet.sample.shape;
  const texts = await Promise.all(prompts.slice(0, rows).map(({ prompt }) => statesOf(pipeline, engine, prompt)));
  const output = engine.run(() =>
    tf.tidy(() => {
      const { width } = texts[0] ?? { width: 1 };
      const states = tf.concat(texts.map(({ numbers }) => tf.tensor(numbers, [1, numbers.length / width, width])));
      const time = tf.tensor1d(new Float32Array(rows).fill(unet.timestep));
      const x = toOurs(plain(unet.sample));
      return toTheirs(outputOf(denoiser.predict({}, x, time, { encoder_hidden_states: states })));
    }),
  );
  return (await differenceOf(output, unet.out_sample)) / tolerance;
}

async function encoderDifference(
  pipeline: Diffusion,
  engine: Engine,
  { vae_encoder: record, tolerance }: OnnxRecord,
): Promise<number> {
  const codec = pipeline.assembly.get(Roles.codec);
  const output = engine.run(() =>
    tf.tidy(() => {
      const images = toOurs(plain(record.sample));
      const moments = codec.moments?.({}, images) as tf.Tensor;
      const [mean, deviation] = tf.split(toTheirs(moments), 2, 1) as [tf.Tensor, tf.Tensor];
      return tf.concat([mean, tf.mul(tf.log(deviation), 2)], 1);
    }),
  );
  return (await differenceOf(output, record.latent_parameters)) / tolerance;
}

const plain = ({ shape, values }: Stored): PlainTensor => ({
  dtype: 'float32',
  shape,
  data: Float32Array.from(values),
});

async function differenceOf(output: tf.Tensor, { values }: Stored): Promise<number> {
  const numbers = await output.data();
  output.dispose();
  return relativeDifference(numbers, values);
}

async function samplingDifference(pipeline: Diffusion, { sampling, tolerance }: OnnxRecord): Promise<number> {
  const { prompt, negative_prompt: negative, latents, scheduler, latents_after_each_step: expected } = sampling;
  const [count = 1] = latents.shape;
  const engine = pipeline.assembly.get(Roles.engine);
  const request = {
    seeds: Array.from({ length: count }, (_, sample) => sample),
    condition: prompt,
    ...(negative === undefined ? {} : { negative }),
  };
  const states: Promise<Float32Array>[] = [];
  let decoded: tf.Tensor | undefined;
  await lastValueFrom(
    pipeline.sample.events(request).pipe(
      tap((event) => {
        if (event.kind === 'step')
          states.push(
            inTheirUnits(
              scheduler,
              engine.run(() => toTheirs(event.x)),
              event.to.alpha,
            ),
          );
        if (event.kind === 'end')
          decoded = engine.run(() => tf.tidy(() => toTheirs(event.decode?.(event.x) as tf.Tensor)));
      }),
    ),
  );
  const all = await Promise.all(states);
  const size = expected.values.length / (expected.shape[0] ?? 1);
  const last = Array.from({ length: all.length }, (_, at) => (expected.shape[0] ?? 0) - all.length + at);
  const steps = all.map((state, at) => {
    const from = (last[at] ?? 0) * size;
    return relativeDifference(state, expected.values.slice(from, from + size));
  });
  const pixels = await pixelDifference(pipeline, request, sampling.image);
  return Math.max(pixels, Math.max(...steps, await differenceOf(decoded as tf.Tensor, sampling.decoded)) / tolerance);
}

/** How many steps of 255 pixels are off; one is allowed. */
async function pixelDifference(pipeline: Diffusion, request: SampleOptions, { values }: Stored): Promise<number> {
  using result = await pipeline.sample(request);
  const { data, shape } = result.images();
  const [, height, width, channels] = shape;
  const place = height * width;
  const differences = Array.from({ length: data.length }, (_, at) => {
    const [pixel, channel] = [Math.floor(at / channels), at % channels];
    const there = values[(Math.floor(pixel / place) * channels + channel) * place + (pixel % place)] ?? Number.NaN;
    return Math.abs(Math.round(255 * Math.min(1, Math.max(0, (data[at] ?? 0) / 2 + 0.5))) - there);
  });
  return Math.max(...differences);
}
