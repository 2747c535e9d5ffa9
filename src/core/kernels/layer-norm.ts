import * as tf from '@tensorflow/tfjs';
import { runKernel, type Kernel } from './kernel.js';

type Attributes = { readonly epsilon: number };

function normalize(x: tf.Tensor, epsilon: number): { readonly normalized: tf.Tensor; readonly inverse: tf.Tensor } {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), epsilon));
  return { normalized: tf.mul(centred, inverse), inverse };
}

/** `RxdLayerNormGrad`: the gradient of x. */
export const layerNormGradKernel: Kernel<{ x: tf.Tensor; dy: tf.Tensor }, Attributes, tf.Tensor> = {
  name: 'RxdLayerNormGrad',
  plain: ({ x, dy }, { epsilon }) => {
    const { normalized, inverse } = normalize(x, epsilon);
    const along = tf.mul(normalized, tf.mean(tf.mul(dy, normalized), -1, true));
    return tf.mul(tf.sub(tf.sub(dy, tf.mean(dy, -1, true)), along), inverse);
  },
};

/** `RxdLayerNorm`. */
export const layerNormKernel: Kernel<{ x: tf.Tensor }, Attributes, tf.Tensor> = {
  name: 'RxdLayerNorm',
  plain: ({ x }, { epsilon }) => normalize(x, epsilon).normalized,
  gradient: {
    saves: ['x'],
    inputs: (dy, [x = dy], attributes) => ({ x: runKernel(layerNormGradKernel, { x, dy }, attributes) }),
  },
};

/**
 * Normalization of each vector along the last axis to mean 0 and variance 1, without scale and shift (Ba et al. 2016,
 * section 3.1): the population variance, epsilon inside the root.
 *
 * @param x - `[..., C]`
 * @returns `x.shape`, float32
 */
export function layerNorm<T extends tf.Tensor>(x: T, epsilon: number): T {
  return runKernel(layerNormKernel, { x }, { epsilon }) as T;
}
