/**
 * Latent diffusion: a small codec learns to write 8x8 digits as 4x4 cells of two numbers, half as many as the pixels. Then a
 * network learns to make such latents of the digit that is asked for, and the codec makes pictures of them.
 *
 * Each digit is encoded once: its latents are kept. Events hold latents. What people see is in pixels: results, previews, and the images and masks of inpainting.
 *
 *     npx tsx --conditions=source examples/latent-digits.ts
 */
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { lastValueFrom, toArray } from 'rxjs';
import { z } from 'zod';
import { definePlugin, diffusion, loadDigits, preview, Roles } from 'rxdiffusion';
import type { Codec, Diffusion, FloatImages, ParameterSet, Recipe } from 'rxdiffusion';
import { nodePlugins } from 'rxdiffusion/node';
import { nearestVote } from './digits/measures.js';

/** Settings that a test can afford as well as a real run. */
export interface LatentDigitsSettings {
  readonly engine: string;
  /** Updates of the network. */
  readonly updates: number;
  /** Channels of the network. */
  readonly channels: number;
  readonly steps: number;
}

/** A trained codec, as plain data. */
export interface CodecWeights {
  readonly tensors: Readonly<Record<string, { readonly shape: number[]; readonly data: Float32Array }>>;
  /** Mean and standard deviation of its latents. */
  readonly mean: number;
  readonly std: number;
  /** Root mean square of what decoded digits are off, pixels in [-1, 1]. */
  readonly error: number;
}

const SHAPES = { into: [36, 32], down: [32, 2], up: [18, 32], out: [32, 4] };

/** 8x8 pixels to 4x4 cells of two numbers: each cell sees its 2x2 pixels and those around. */
function encode({ into, down }: ParameterSet, images: tf.Tensor): tf.Tensor {
  const rows = tf.transpose(tf.reshape(images, [-1, 2, 4, 2]), [0, 2, 1, 3]);
  return perCell(tf.reshape(rows, [-1, 4, 4, 4]), into, down);
}

/** 4x4 cells to 8x8 pixels: each cell and those around say 2x2 pixels. */
function decode({ up, out }: ParameterSet, latents: tf.Tensor): tf.Tensor {
  const rows = tf.reshape(perCell(latents, up, out), [-1, 4, 2, 2]);
  return tf.reshape(tf.transpose(rows, [0, 2, 1, 3]), [-1, 8, 8, 1]);
}

/** Two layers on each cell and its eight neighbours. */
function perCell(cells: tf.Tensor, first?: tf.Tensor, second?: tf.Tensor): tf.Tensor {
  const [channels = 1, made = 1] = [cells.shape[3], second?.shape[1]];
  const wide = tf.pad(cells, [
    [0, 0],
    [1, 1],
    [1, 1],
    [0, 0],
  ]);
  const around = [0, 1, 2].flatMap((y) => [0, 1, 2].map((x) => tf.slice(wide, [0, y, x, 0], [-1, 4, 4, channels])));
  const seen = tf.tanh(tf.matMul(tf.reshape(tf.concat(around, 3), [-1, 9 * channels]), first as tf.Tensor2D));
  return tf.reshape(tf.matMul(seen, second as tf.Tensor2D), [-1, 4, 4, made]);
}

/** Trains the codec, by itself and with tfjs alone: what is decoded should be what was encoded. */
export async function trainedCodec(updates: number): Promise<CodecWeights> {
  await tf.setBackend('cpu');
  const digits = await loadDigits();
  const images = tf.tensor4d(digits.data, [...digits.shape]);
  const entries = Object.entries(SHAPES).map(([name, shape], seed) => {
    const first = (): tf.Tensor => tf.randomNormal(shape, 0, 1 / Math.sqrt(shape[0] ?? 1), 'float32', seed + 1);
    return [name, tf.tidy(() => tf.variable(first()))] as const;
  });
  const variables: Readonly<Record<string, tf.Variable>> = Object.fromEntries(entries);
  const optimizer = tf.train.adam(1e-2);
  const batch = 50;
  for (let update = 0; update < updates; update++) {
    const first = (update * batch) % (digits.shape[0] - batch);
    optimizer.minimize(() => {
      const some = tf.slice(images, [first], [batch]);
      return tf.mean(tf.squaredDifference(decode(variables, encode(variables, some)), some));
    });
  }
  const [mean = 0, variance = 1, square = 0] = tf.tidy(() => {
    const latents = encode(variables, images);
    const moments = tf.moments(latents);
    const off = tf.mean(tf.squaredDifference(decode(variables, latents), images));
    return [moments.mean, moments.variance, off].map((value) => value.dataSync()[0] ?? Number.NaN);
  });
  const tensors = Object.fromEntries(
    entries.map(([name, value]) => [name, { shape: value.shape, data: value.dataSync<'float32'>().slice() }]),
  );
  tf.dispose([images, variables]);
  optimizer.dispose();
  return { tensors, mean, std: Math.sqrt(variance), error: Math.sqrt(square) };
}

/** The plugin, as a package of its own would have it: latents that the network sees have mean 0 and deviation 1. */
export function digitsCodec({ tensors, mean, std }: CodecWeights) {
  return definePlugin({
    role: Roles.codec,
    name: 'digits-codec',
    config: z.strictObject({}),
    create(): Codec {
      const made = Object.entries(tensors).map(([name, { data, shape }]) => [name, tf.tensor(data, shape)] as const);
      const parameters: ParameterSet = Object.fromEntries(made);
      return {
        info: { imageShape: [8, 8, 1], latentShape: [4, 4, 2] },
        scale: 1 / std,
        shift: mean,
        parameters,
        encode,
        decode,
        dispose: () => tf.dispose(parameters),
      };
    },
  });
}

/** Flow matching on latents. The dataset serves pixels: the pipeline encodes them. */
export function latentDigitsRecipe({ engine, updates, channels, steps }: LatentDigitsSettings): Recipe {
  const blocks = { down_block_types: ['DownBlock2D', 'DownBlock2D'], up_block_types: ['UpBlock2D', 'UpBlock2D'] };
  const sizes = { sample_size: 4, in_channels: 2, out_channels: 2, block_out_channels: [channels, channels] };
  const layers = { layers_per_block: 1, norm_num_groups: 8, num_class_embeds: 11 };
  const warmUp = Math.min(50, updates - 1);
  return {
    format: 1,
    preset: 'flow',
    plugins: {
      engine,
      dataset: 'digits',
      codec: 'digits-codec',
      denoiser: { name: 'unet2d', config: { ...sizes, ...blocks, ...layers } },
      conditioner: { name: 'class-label', config: { classes: 10 } },
      guidance: { name: 'cfg', config: { scale: 2 } },
      optimizer: { name: 'adamw', config: { learningRate: 4e-3, warmUp, decay: 'cosine', totalSteps: updates } },
      average: { name: 'ema', config: { decay: 0.99 } },
    },
    train: { steps: updates, batchSize: 32, seed: 1, latentCache: 8 },
    sample: { steps, seed: 7 },
  };
}

/** Digits, how the first of them came about, and their right halves made anew. */
export async function latentDigits({ sample }: Diffusion, parameters: ParameterSet, count: number) {
  const condition = Array.from({ length: count }, (_, row) => row % 10);
  using digits = await sample({ count, parameters, condition });
  const images = digits.images();
  const events = sample.events({ parameters, condition: 0 });
  const previews = await lastValueFrom(events.pipe(preview({ every: 8 }), toArray()));
  const mask = Float32Array.from({ length: 64 }, (_, pixel) => (pixel % 8 < 4 ? 0 : 1));
  using halves = await sample({ count, seed: 100, parameters, condition, inpaint: { data: images.data, mask } });
  return { latents: digits.x.shape, images, previews: previews.map((event) => event.images), halves: halves.images() };
}

/** Share of the samples that are read as the digit that was asked for, by the five nearest images of the data. */
export async function shareOfAsked(
  { sample }: Diffusion,
  parameters: ParameterSet,
  /** Samples of each digit. */
  count: number,
): Promise<number> {
  const asked = Int32Array.from({ length: 10 * count }, (_, row) => row % 10);
  using digits = await sample({ count: asked.length, parameters, condition: [...asked] });
  const read = nearestVote(await loadDigits(), 5)({ ...digits.images(), labels: asked });
  return read.filter((digit, row) => digit === asked[row]).length / read.length;
}

/** Images side by side, in letters: the darker, the brighter. */
export function drawn({ data, shape: [count, height, width] }: FloatImages): string {
  const shades = ' .:-=+*#%@';
  const letter = (value: number): string => shades[Math.round(Math.min(1, Math.max(0, (value + 1) / 2)) * 9)] ?? ' ';
  const row = (image: number, y: number): string => {
    const first = (image * height + y) * width;
    return [...data.subarray(first, first + width)].map((value) => letter(value).repeat(2)).join('');
  };
  const lines = Array.from({ length: height }, (_, y) => Array.from({ length: count }, (_, image) => row(image, y)));
  return lines.map((line) => line.join('  ')).join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const weights = await trainedCodec(600);
  console.log(`The codec is trained: decoded digits are ${weights.error.toFixed(3)} off (pixels from -1 to 1).\n`);
  const recipe = latentDigitsRecipe({ engine: 'auto', updates: 1500, channels: 32, steps: 24 });
  await using pipeline = await diffusion(recipe, { plugins: [...nodePlugins, digitsCodec(weights)] });
  using trained = await pipeline.train();
  const share = await shareOfAsked(pipeline, trained.parameters, 20);
  console.log(`${(100 * share).toFixed(1)} % of the samples are read as the digit that was asked for.\n`);
  const { images, previews, halves } = await latentDigits(pipeline, trained.parameters, 6);
  console.log(`${drawn(images)}\n\nHow the first of them came about:\n`);
  for (const image of previews) console.log(`${drawn(image)}\n`);
  console.log(`The left halves of all, and right halves made anew:\n\n${drawn(halves)}`);
}
