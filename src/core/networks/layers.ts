import * as tf from '@tensorflow/tfjs';
import type { ParameterSet } from '../contracts/parameters.js';
import { groupNorm } from '../kernels/group-norm.js';
import { ACTIVATIONS, type ActivationName } from './activations.js';

/** What the layers of a network have in common. */
export interface LayerOptions {
  readonly activation: ActivationName;
  /** Groups of the group norms. */
  readonly groups: number;
  /** Epsilon of the norms. */
  readonly epsilon: number;
}

/** The layers of one call of a network: its weights by name, and what all its norms and activations have in common. */
export class Layers {
  readonly #parameters: ParameterSet;
  readonly #options: LayerOptions;

  constructor(parameters: ParameterSet, options: LayerOptions) {
    this.#parameters = parameters;
    this.#options = options;
  }

  weight(name: string): tf.Tensor {
    return this.#parameters[name] as tf.Tensor;
  }

  activation<T extends tf.Tensor>(x: T): T {
    return ACTIVATIONS[this.#options.activation](x) as T;
  }

  /** A convolution over NHWC, with its bias where it has one. */
  conv(prefix: string, x: tf.Tensor, stride = 1, pad: number | 'valid' | 'same' = 'same'): tf.Tensor4D {
    const weight = this.weight(`${prefix}.weight`) as tf.Tensor4D;
    const bias = this.#parameters[`${prefix}.bias`];
    const made = tf.conv2d(x as tf.Tensor4D, weight, stride, pad);
    return bias === undefined ? made : tf.add(made, bias);
  }

  /** A linear layer over the last axis of `[..., in]`, with its bias where it has one. */
  linear<T extends tf.Tensor>(prefix: string, x: T): T {
    const weight = this.weight(`${prefix}.weight`) as tf.Tensor2D;
    const rows: tf.Tensor2D = tf.reshape(x, [-1, weight.shape[0]]);
    const bias = this.#parameters[`${prefix}.bias`];
    const product = tf.matMul(rows, weight);
    const sum = bias === undefined ? product : tf.add(product, bias);
    return tf.reshape(sum, [...x.shape.slice(0, -1), weight.shape[1]]) as T;
  }

  /** Group normalization over the last axis of `[N, ..., C]`. */
  norm<T extends tf.Tensor>(
    prefix: string,
    x: T,
    { groups = this.#options.groups, epsilon = this.#options.epsilon }: Partial<LayerOptions> = {},
  ): T {
    return groupNorm(x, this.weight(`${prefix}.weight`), this.weight(`${prefix}.bias`), groups, epsilon);
  }

  /** Normalization of each vector along the last axis (Ba et al. 2016): a group norm of one group, each vector a sample. */
  layerNorm<T extends tf.Tensor>(prefix: string, x: T, epsilon = this.#options.epsilon): T {
    const rows = tf.reshape(x, [-1, x.shape.at(-1) ?? 1]);
    const normed = groupNorm(rows, this.weight(`${prefix}.weight`), this.weight(`${prefix}.bias`), 1, epsilon);
    return tf.reshape(normed, x.shape) as T;
  }
  /** Each vector along the last axis over its root mean square, times a scale (Zhang & Sennrich 2019). */
  rmsNorm<T extends tf.Tensor>(prefix: string, x: T, epsilon = this.#options.epsilon): T {
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon));
    return tf.mul(tf.mul(x, inverse), this.weight(`${prefix}.weight`));
  }
}
