import * as tf from '@tensorflow/tfjs';
import { layerNorm } from '../kernels/layer-norm.js';
import { silu } from '../kernels/silu.js';
import type { Layers } from './layers.js';
import { zeroLinearSpecs, type ParameterSpecs } from './parameter-specs.js';

/** x (1 + scale) + shift, each of them a vector of a sample, `[N, 1, width]`. */
export function modulated(x: tf.Tensor3D, shift: tf.Tensor, scale: tf.Tensor): tf.Tensor3D {
  return tf.add(tf.mul(x, tf.add(scale, 1)), shift);
}

/** The same of the normalized x. */
export function modulatedNorm(x: tf.Tensor3D, shift: tf.Tensor, scale: tf.Tensor, epsilon = 1e-6): tf.Tensor3D {
  return modulated(layerNorm(x, epsilon), shift, scale);
}

/**
 * The vectors that modulate a block, from the embedding of time and condition (adaLN-Zero: Peebles & Xie 2023, section
 * 3.2).
 *
 * @param embedding - `[N, width]`
 * @returns `count` vectors, each `[N, 1, width]`
 */
export function modulation(layers: Layers, prefix: string, embedding: tf.Tensor2D, count: number): tf.Tensor3D[] {
  const all = layers.linear(prefix, silu(embedding));
  return tf.split(tf.reshape(all, [embedding.shape[0], 1, all.shape[1]]), count, 2);
}

/** The tensors of a modulation, which start at zero, so that a new block changes nothing. */
export function modulationSpecs(prefix: string, width: number, count: number): ParameterSpecs {
  return zeroLinearSpecs(prefix, width, count * width);
}

/** The last norm of a transformer, modulated by time and condition: its scale comes first. */
export function modulatedOutput(layers: Layers, prefix: string, x: tf.Tensor3D, embedding: tf.Tensor2D): tf.Tensor3D {
  const [scale, shift] = modulation(layers, `${prefix}.linear`, embedding, 2) as [tf.Tensor3D, tf.Tensor3D];
  return modulatedNorm(x, shift, scale);
}
