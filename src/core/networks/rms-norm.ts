import * as tf from '@tensorflow/tfjs';

/**
 * Each vector along the last axis over its root mean square, times a scale (Zhang & Sennrich 2019, equation 4).
 *
 * @param x - `[..., C]`
 * @param scale - `[C]`
 * @returns `x.shape`
 */
export function rmsNorm<T extends tf.Tensor>(x: T, scale: tf.Tensor, epsilon: number): T {
  const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon));
  return tf.mul(tf.mul(x, inverse), scale);
}
