import * as tf from '@tensorflow/tfjs';
import type { Layers } from './layers.js';

/** A convolution of stride 2. Padding 1 pads all sides; padding 0 pads right and bottom, as diffusers does. */
export function halvedByConvolution(layers: Layers, prefix: string, x: tf.Tensor4D, padding: 0 | 1): tf.Tensor4D {
  if (padding === 1) return layers.conv(prefix, x, 2, 1);
  const padded = tf.pad(x, [
    [0, 0],
    [0, 1],
    [0, 1],
    [0, 0],
  ]);
  return layers.conv(prefix, padded, 2, 'valid');
}

/** Means over 2 x 2 pixels. @param x - `[N, 2H, 2W, C]` */
export function halvedByMeans(x: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const rows = tf.sum(tf.reshape(x, [(batch * height) / 2, 2, width * channels]), 1);
  const pixels = tf.sum(tf.reshape(rows, [(batch * height * width) / 4, 2, channels]), 1);
  return tf.reshape(tf.mul(pixels, 0.25), [batch, height / 2, width / 2, channels]);
}
