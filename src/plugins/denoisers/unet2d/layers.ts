import * as tf from '@tensorflow/tfjs';
import { groupNorm } from '../../../core/kernels/group-norm.js';
import { silu } from '../../../core/kernels/silu.js';
import type { ParameterSet } from '../../../core/contracts/denoiser.js';
import type { UNet2DConfig } from './config.js';

const ACTIVATIONS: Readonly<Record<UNet2DConfig['act_fn'], (x: tf.Tensor) => tf.Tensor>> = {
  silu,
  swish: silu,
  relu: tf.relu,
  gelu: (x) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1)),
  mish: (x) => tf.mul(x, tf.tanh(tf.softplus(x))),
};

/** The layers of one call of the network: weights by name, and what the config says of norms and activations. */
export class Layers {
  readonly #parameters: ParameterSet;
  readonly #config: UNet2DConfig;

  constructor(parameters: ParameterSet, config: UNet2DConfig) {
    this.#parameters = parameters;
    this.#config = config;
  }

  weight(name: string): tf.Tensor {
    return this.#parameters[name] as tf.Tensor;
  }

  activation(x: tf.Tensor): tf.Tensor {
    return ACTIVATIONS[this.#config.act_fn](x);
  }

  /** A convolution with bias over NHWC. */
  conv(prefix: string, x: tf.Tensor, stride = 1, pad: number | 'valid' | 'same' = 'same'): tf.Tensor4D {
    const weight = this.weight(`${prefix}.weight`) as tf.Tensor4D;
    return tf.add(tf.conv2d(x as tf.Tensor4D, weight, stride, pad), this.weight(`${prefix}.bias`));
  }

  /** A linear layer with bias over the last axis of `[M, in]`. */
  linear(prefix: string, x: tf.Tensor): tf.Tensor2D {
    const weight = this.weight(`${prefix}.weight`) as tf.Tensor2D;
    return tf.add(tf.matMul(x as tf.Tensor2D, weight), this.weight(`${prefix}.bias`));
  }

  norm<T extends tf.Tensor>(prefix: string, x: T, groups = this.#config.norm_num_groups): T {
    const scale = this.weight(`${prefix}.weight`) as tf.Tensor1D;
    return groupNorm(x, scale, this.weight(`${prefix}.bias`) as tf.Tensor1D, groups, this.#config.norm_eps);
  }
}
