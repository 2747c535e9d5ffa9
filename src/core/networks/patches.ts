import * as tf from '@tensorflow/tfjs';
import type { Layers } from './layers.js';

/** Height and width of a grid of patches. */
export interface PatchGrid {
  readonly height: number;
  readonly width: number;
}

/** The grid of patches of an image `[N, H, W, C]`. */
export function patchGrid({ shape }: tf.Tensor, size: number): PatchGrid {
  return { height: Math.floor((shape[1] ?? 0) / size), width: Math.floor((shape[2] ?? 0) / size) };
}

/**
 * Patches as tokens: a convolution as wide as its stride, written as a product (Dosovitskiy et al. 2021, equation 1).
 *
 * @param prefix - of a convolution of `size` x `size`
 * @param x - `[N, H, W, C]`, height and width multiples of `size`
 * @returns `[N, tokens, width]`, row after row
 */
export function patchEmbedding(layers: Layers, prefix: string, x: tf.Tensor4D, size: number): tf.Tensor3D {
  const { height, width } = patchGrid(x, size);
  const channels = x.shape[3];
  const rows = tf.transpose(tf.reshape(x, [-1, size, width, size * channels]), [0, 2, 1, 3]);
  const weight = layers.weight(`${prefix}.weight`);
  const matrix: tf.Tensor2D = tf.reshape(weight, [size * size * channels, -1]);
  const product = tf.matMul(tf.reshape(rows, [-1, size * size * channels]), matrix);
  return tf.reshape(tf.add(product, layers.weight(`${prefix}.bias`)), [-1, height * width, matrix.shape[1]]);
}

/**
 * An image of its patches.
 *
 * @param tokens - `[N, tokens, size * size * C]`, row after row; in each token the pixels row after row, channels last
 * @returns `[N, height * size, width * size, C]`
 */
export function unpatched(tokens: tf.Tensor3D, { height, width }: PatchGrid, size: number): tf.Tensor4D {
  const channels = tokens.shape[2] / size ** 2;
  const rows = tf.transpose(tf.reshape(tokens, [-1, width, size, size * channels]), [0, 2, 1, 3]);
  return tf.reshape(rows, [-1, height * size, width * size, channels]);
}
