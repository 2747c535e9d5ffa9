import * as tf from '@tensorflow/tfjs';
import { silu } from '../kernels/silu.js';

/** An activation, by the name that diffusers and transformers give it. */
export type ActivationName = 'silu' | 'swish' | 'relu' | 'gelu' | 'gelu_new' | 'quick_gelu' | 'mish';

/** x times the normal distribution function of x, by the error function (Hendrycks & Gimpel 2016). */
const gelu = (x: tf.Tensor): tf.Tensor => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));

/** The same by the hyperbolic tangent of a cubic: `gelu_new`, `gelu-approximate`, `gelu_pytorch_tanh`. */
const tanhGelu = (x: tf.Tensor): tf.Tensor => {
  const cubic = tf.add(x, tf.mul(tf.mul(tf.square(x), x), 0.044715));
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(tf.mul(cubic, Math.sqrt(2 / Math.PI))), 1));
};

/** Activations by name, elementwise. */
export const ACTIVATIONS: Readonly<Record<ActivationName, (x: tf.Tensor) => tf.Tensor>> = {
  silu,
  swish: silu,
  relu: tf.relu,
  gelu,
  gelu_new: tanhGelu,
  quick_gelu: (x) => tf.mul(x, tf.sigmoid(tf.mul(x, 1.702))),
  mish: (x) => tf.mul(x, tf.tanh(tf.softplus(x))),
};
