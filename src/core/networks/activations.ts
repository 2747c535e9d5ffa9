import * as tf from '@tensorflow/tfjs';
import { gelu } from '../kernels/gelu.js';
import { silu } from '../kernels/silu.js';

/** An activation, by the name that diffusers and transformers give it. */
export type ActivationName = 'silu' | 'swish' | 'relu' | 'gelu' | 'gelu_new' | 'quick_gelu' | 'mish';

/** Activations by name, elementwise. */
export const ACTIVATIONS: Readonly<Record<ActivationName, (x: tf.Tensor) => tf.Tensor>> = {
  silu,
  swish: silu,
  relu: tf.relu,
  gelu: (x) => gelu(x),
  gelu_new: (x) => gelu(x, 'tanh'),
  quick_gelu: (x) => tf.mul(x, tf.sigmoid(tf.mul(x, 1.702))),
  mish: (x) => tf.mul(x, tf.tanh(tf.softplus(x))),
};
