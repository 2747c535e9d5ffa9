import * as tf from '@tensorflow/tfjs';
import { runKernel, type Kernel } from './kernel.js';

/** `isTanh` is 1 for the form by the hyperbolic tangent, 0 for that by the error function. */
type Attributes = { readonly isTanh: 0 | 1 };

const FACTOR = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

/** tanh(sqrt(2 / pi) (x + 0.044715 x³)). */
const tangent = (x: tf.Tensor): tf.Tensor => tf.tanh(tf.mul(x, tf.add(tf.mul(tf.square(x), FACTOR * CUBIC), FACTOR)));

/** The normal distribution function of x, in either form. */
function share(x: tf.Tensor, isTanh: 0 | 1): tf.Tensor {
  return tf.mul(tf.add(isTanh === 1 ? tangent(x) : tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);
}

/** Its slope. */
function slope(x: tf.Tensor, isTanh: 0 | 1): tf.Tensor {
  if (isTanh === 0) return tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
  const inner = tf.add(tf.mul(tf.square(x), 3 * FACTOR * CUBIC), FACTOR);
  return tf.mul(tf.mul(tf.sub(1, tf.square(tangent(x))), inner), 0.5);
}

/** `RxdGeluGrad`: dy (share(x) + x share'(x)). */
export const geluGradKernel: Kernel<{ x: tf.Tensor; dy: tf.Tensor }, Attributes, tf.Tensor> = {
  name: 'RxdGeluGrad',
  plain: ({ x, dy }, { isTanh }) => tf.mul(dy, tf.add(share(x, isTanh), tf.mul(x, slope(x, isTanh)))),
};

/** `RxdGelu`. */
export const geluKernel: Kernel<{ x: tf.Tensor }, Attributes, tf.Tensor> = {
  name: 'RxdGelu',
  plain: ({ x }, { isTanh }) => tf.mul(x, share(x, isTanh)),
  gradient: {
    saves: ['x'],
    inputs: (dy, [x = dy], attributes) => ({ x: runKernel(geluGradKernel, { x, dy }, attributes) }),
  },
};

/**
 * x times the normal distribution function of x, elementwise, float32 (Hendrycks & Gimpel 2016, section 2).
 *
 * @param form - by the error function, or by the hyperbolic tangent of a cubic: `gelu_new`, `gelu-approximate`,
 *   `gelu_pytorch_tanh`
 */
export function gelu<T extends tf.Tensor>(x: T, form: 'erf' | 'tanh' = 'erf'): T {
  return runKernel(geluKernel, { x }, { isTanh: form === 'tanh' ? 1 : 0 }) as T;
}
