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

/**
 * Half the height and width by the filter (1, 3, 3, 1) / 8 in both directions, zeros beyond the edges (NCSN++, Song et al.
 * 2021, appendix H).
 *
 * @param x - `[N, 2H, 2W, C]`
 */
export function halvedByFilter(x: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const rows = halvedRows(tf.reshape(x, [batch, height, width * channels]));
  const columns = halvedRows(tf.reshape(rows, [(batch * height) / 2, width, channels]));
  return tf.reshape(columns, [batch, height / 2, width / 2, channels]);
}

/** Twice the height and width by the filter (1, 3, 3, 1) / 4 over zeros in between. */
export function doubledByFilter(x: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const rows = doubledRows(tf.reshape(x, [batch, height, width * channels]));
  const columns = doubledRows(tf.reshape(rows, [batch * height * 2, width, channels]));
  return tf.reshape(columns, [batch, height * 2, width * 2, channels]);
}

/** Along the middle axis: row i is (p[2i] + 3 p[2i + 1] + 3 p[2i + 2] + p[2i + 3]) / 8, p with a row of zeros around. */
function halvedRows(x: tf.Tensor3D): tf.Tensor3D {
  const [batch, length, width] = x.shape;
  const half = length / 2;
  const pairs = tf.reshape(padded(x), [batch, half + 1, 2, width]);
  const at = (place: 0 | 1): tf.Tensor => tf.slice(pairs, [0, 0, place, 0], [batch, half + 1, 1, width]);
  const [even, odd] = [at(0), at(1)];
  const part = (of: tf.Tensor, start: number): tf.Tensor => tf.slice(of, [0, start, 0, 0], [batch, half, 1, width]);
  const first = part(tf.add(even, tf.mul(odd, 3)), 0);
  const second = part(tf.add(tf.mul(even, 3), odd), 1);
  return tf.reshape(tf.mul(tf.add(first, second), 1 / 8), [batch, half, width]);
}

/** Along the middle axis: rows 2i and 2i + 1 are (x[i - 1] + 3 x[i]) / 4 and (3 x[i] + x[i + 1]) / 4. */
function doubledRows(x: tf.Tensor3D): tf.Tensor3D {
  const [batch, length, width] = x.shape;
  const around = padded(x);
  const from = (start: number): tf.Tensor => tf.slice(around, [0, start, 0], [batch, length, width]);
  const own = tf.mul(x, 3);
  const rows = tf.stack([tf.add(from(0), own), tf.add(own, from(2))], 2);
  return tf.reshape(tf.mul(rows, 1 / 4), [batch, 2 * length, width]);
}

/** A row of zeros before and after. */
const padded = (x: tf.Tensor3D): tf.Tensor3D =>
  tf.pad(x, [
    [0, 0],
    [1, 1],
    [0, 0],
  ]);
