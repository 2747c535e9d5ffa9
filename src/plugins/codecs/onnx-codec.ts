import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { MOST, real, whole } from '../../core/assembly/config-numbers.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import type { Codec, CodecInfo } from '../../core/contracts/codec.js';
import type { Engine } from '../../core/contracts/engine.js';
import type { LoadedModel, ModelFile, ModelPort } from '../../core/contracts/model-file.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { channelsFirst, channelsLast } from '../../core/model-files/channels.js';
import { inShares } from '../../core/model-files/in-shares.js';
import { loadedModel } from '../../core/model-files/loaded-models.js';
import { fixedImage, portFor } from '../../core/model-files/model-roles.js';
import { filesOf, neededModel } from '../../core/model-files/slot-models.js';
import { unsupported } from '../../core/storage/corrupt.js';

const PLUGIN = 'codec/onnx-codec';

const side = whole(MOST.side);

const configSchema = z.strictObject({
  sample_size: z
    .union([side, z.tuple([side, side])])
    .default(512)
    .describe('height and width of images, where the files leave them free'),
  factor: whole(MOST.side).default(8).describe('how many times as high and wide images are as latents'),
  channels: whole(MOST.width).default(3).describe('channels of images, where the files leave them free'),
  latent_channels: whole(MOST.width).default(4).describe('channels of latents, where the files leave them free'),
  scaling_factor: real()
    .refine((value) => value !== 0, 'must not be 0')
    .default(0.18215)
    .describe('latents are multiplied by this'),
  shift_factor: real().default(0).describe('what is taken from latents before that'),
  posterior: z
    .enum(['mean', 'sample'])
    .default('mean')
    .describe('what runs that start from images begin with: the mean of the latents, or a draw by the seed'),
});

type Config = z.output<typeof configSchema>;

/**
 * An autoencoder in ONNX files: its decoder, and its encoder where there is one. An encoder gives mean and log variance
 * (`latent_parameters`), or latents; one that draws them by itself gives their mean here. The files are given with the
 * pipeline, never by a recipe. Source: ONNX; the layouts of Optimum and of diffusers' OnnxRuntimeModel. When: the
 * autoencoder is ONNX files.
 */
export const onnxCodec = definePlugin({
  role: Roles.codec,
  name: 'onnx-codec',
  summary: 'An autoencoder in ONNX files, run by ONNX Runtime: a decoder, and an encoder where there is one.',
  reference: 'ONNX; the layouts of Optimum and of diffusers’ OnnxRuntimeModel',
  tags: { gradients: false, when: 'the autoencoder is ONNX files' },
  config: configSchema,
  inject: { engine: Roles.engine },
  async create({ config, engine, models }): Promise<Codec> {
    const decoder = await opened(neededModel(models, 'decoder', PLUGIN), DECODER, engine);
    const file = models && filesOf(models)['encoder'];
    try {
      return codecOf(decoder, file && (await opened(file, ENCODER, engine)), config);
    } catch (error) {
      decoder.model.dispose();
      throw error;
    }
  },
});

/** What goes in and out of a half. */
interface Half {
  readonly what: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
}

const DECODER: Half = {
  what: 'the decoder',
  input: ['latent_sample', 'latents', 'sample'],
  output: ['sample', 'image', 'images'],
};
const ENCODER: Half = {
  what: 'the encoder',
  input: ['sample', 'image', 'images', 'pixel_values'],
  output: ['latent_parameters', 'latent_sample', 'latents'],
};

interface OpenHalf {
  readonly model: LoadedModel;
  readonly input: ModelPort;
  readonly output: ModelPort;
}

async function opened(file: ModelFile, { what, input: names, output: given }: Half, engine: Engine): Promise<OpenHalf> {
  if (file.draws === 'other')
    throw unsupported(file.name, 'operators that draw random numbers', 'a function of the images, or normal noise');
  const rule = { ranks: [4], isWhole: false };
  const input = portFor(file, file.inputs, { what: `what ${what} reads`, names, ...rule });
  const output = portFor(file, file.outputs, { what: `what ${what} gives`, names: given, ...rule });
  if (file.inputs.length > 1)
    throw unsupported(file.name, file.inputs.map(({ name }) => name).join(', '), `one input of ${what}`);
  return { model: await loadedModel(engine, file, [output.name]), input, output };
}

function codecOf(decoder: OpenHalf, encoder: OpenHalf | undefined, config: Config): Codec {
  const info = infoOf(decoder, encoder, config);
  const [channels, latentChannels] = [info.imageShape[2] ?? 3, info.latentShape[2] ?? 4];
  const { factor } = config;
  const givesMoments = encoder?.output.name === 'latent_parameters';
  const encoded = (images: tf.Tensor): tf.Tensor => {
    if (encoder === undefined) throw noEncoder();
    return half(encoder, images, (givesMoments ? 2 : 1) * latentChannels, (size) => Math.floor(size / factor));
  };
  const moments = (images: tf.Tensor): readonly [mean: tf.Tensor, logVariance: tf.Tensor] =>
    tf.split(encoded(images), 2, -1) as [tf.Tensor, tf.Tensor];
  return {
    info,
    scale: config.scaling_factor,
    shift: config.shift_factor,
    parameters: {},
    encode: (_, images) => (givesMoments ? moments(images)[0] : encoded(images)),
    ...(givesMoments && config.posterior === 'sample' ? { moments: (_, images) => drawnFrom(...moments(images)) } : {}),
    decode: (_, latents) => half(decoder, latents, channels, (size) => size * factor),
    dispose: () => {
      decoder.model.dispose();
      encoder?.model.dispose();
    },
  };
}

/** Logarithms of variances are kept within these, as diffusers does. */
const LOG_VARIANCE = [-30, 20] as const;

/** Mean and standard deviation side by side. */
function drawnFrom(mean: tf.Tensor, logVariance: tf.Tensor): tf.Tensor {
  return tf.concat([mean, tf.exp(tf.mul(tf.clipByValue(logVariance, ...LOG_VARIANCE), 0.5))], -1);
}

function half({ model, input }: OpenHalf, x: tf.Tensor, channels: number, sizeOf: (size: number) => number): tf.Tensor {
  const [count = 1, height = 1, width = 1] = x.shape;
  const rows = { [input.name]: channelsFirst(x) };
  const results = [[channels, sizeOf(height), sizeOf(width)]];
  const [made] = inShares(model, { rows }, { count, batch: fixedImage(input).batch, results });
  return channelsLast(made as tf.Tensor);
}

function infoOf(decoder: OpenHalf, encoder: OpenHalf | undefined, config: Config): CodecInfo {
  const { sample_size: size, factor } = config;
  const [high, wide] = typeof size === 'number' ? [size, size] : size;
  const [latents, images] = [fixedImage(decoder.input), fixedImage(encoder?.input ?? decoder.output)];
  const sideOf = (own: number, latent?: number, image?: number): number =>
    latent === undefined ? (image ?? own) : latent * factor;
  const [height, width] = [sideOf(high, latents.height, images.height), sideOf(wide, latents.width, images.width)].map(
    (one) => Math.max(1, Math.floor(one / factor)),
  ) as [number, number];
  const isFree = [latents, images].every((port) => port.height === undefined && port.width === undefined);
  return {
    imageShape: [height * factor, width * factor, fixedImage(decoder.output).channels ?? config.channels],
    latentShape: [height, width, latents.channels ?? config.latent_channels],
    ...(isFree ? { sizes: { multipleOf: factor } } : {}),
  };
}

function noEncoder(): DiffusionError {
  return new DiffusionError('RXD_COMBINATION', {
    problem: 'this autoencoder has no encoder: there was no file for it',
    got: 'images to make latents of',
    expected: 'a run that starts from noise',
    fix: 'give the encoder’s file too (`vae_encoder/model.onnx`)',
    plugin: PLUGIN,
  });
}
