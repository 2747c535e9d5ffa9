import * as tf from '@tensorflow/tfjs';
import { DiffusionError } from '../errors/diffusion-error.js';
import { runKernel, type Kernel } from './kernel.js';

interface Normalized {
  /** `[N, L, G, C / G]`. */
  readonly normalized: tf.Tensor;
  /** 1 / sqrt(variance + epsilon), `[N, 1, G, 1]`. */
  readonly scale: tf.Tensor;
}

type Attributes = { readonly groups: number; readonly epsilon: number };

const channelsOf = (x: tf.Tensor): number => x.shape.at(-1) ?? 1;

function grouped(x: tf.Tensor, groups: number): tf.Tensor {
  return tf.reshape(x, [x.shape[0] ?? 1, -1, groups, channelsOf(x) / groups]);
}

function normalize(x: tf.Tensor, { groups, epsilon }: Attributes): Normalized {
  const values = grouped(x, groups);
  const centred = tf.sub(values, tf.mean(values, [1, 3], true));
  const variance = tf.mean(tf.square(centred), [1, 3], true);
  const scale = tf.rsqrt(tf.add(variance, epsilon));
  return { normalized: tf.mul(centred, scale), scale };
}

const perChannel = (x: tf.Tensor, channels: number): tf.Tensor => tf.sum(tf.reshape(x, [-1, channels]), 0);

/** `RxdGroupNormGrad`: gradients of x, scale and bias. */
export const groupNormGradKernel: Kernel<{ x: tf.Tensor; scale: tf.Tensor; dy: tf.Tensor }, Attributes, tf.Tensor[]> = {
  name: 'RxdGroupNormGrad',
  plain: ({ x, scale, dy }, attributes) => {
    const { normalized, scale: inverse } = normalize(x, attributes);
    const slope = grouped(tf.mul(dy, scale), attributes.groups);
    const along = tf.mean(tf.mul(slope, normalized), [1, 3], true);
    const centred = tf.sub(slope, tf.mean(slope, [1, 3], true));
    const dx = tf.mul(tf.sub(centred, tf.mul(normalized, along)), inverse);
    const channels = channelsOf(x);
    return [
      tf.reshape(dx, x.shape),
      perChannel(tf.mul(dy, tf.reshape(normalized, x.shape)), channels),
      perChannel(dy, channels),
    ];
  },
};

/** `RxdGroupNorm`. */
export const groupNormKernel: Kernel<{ x: tf.Tensor; scale: tf.Tensor; bias: tf.Tensor }, Attributes, tf.Tensor> = {
  name: 'RxdGroupNorm',
  plain: ({ x, scale, bias }, attributes) =>
    tf.add(tf.mul(tf.reshape(normalize(x, attributes).normalized, x.shape), scale), bias),
  gradient: {
    saves: ['x', 'scale'],
    inputs: (dy, [x = dy, scale = dy], attributes) => {
      const [dx = dy, dScale = dy, dBias = dy] = runKernel(groupNormGradKernel, { x, scale, dy }, attributes);
      return { x: dx, scale: dScale, bias: dBias };
    },
  },
};

/**
 * Group normalization over contiguous groups of channels, with the population variance and epsilon inside the root
 * (Wu & He 2018, equation 1 and 2).
 *
 * @param x - `[N, ..., C]`, channels last
 * @param scale - `[C]`
 * @param bias - `[C]`
 * @param groups - a divisor of C
 * @returns `x.shape`, float32
 * @throws DiffusionError `RXD_PARAMETERS_MISMATCH` where scale or bias are not `[C]`, or groups do not divide C
 */
export function groupNorm<T extends tf.Tensor>(
  x: T,
  scale: tf.Tensor,
  bias: tf.Tensor,
  groups: number,
  epsilon: number,
): T {
  const channels = channelsOf(x);
  if (channels % groups !== 0 || scale.size !== channels || bias.size !== channels) {
    throw new DiffusionError('RXD_PARAMETERS_MISMATCH', {
      problem: 'group normalization does not fit its input',
      got: `${channels} channels, ${groups} groups, scale [${scale.shape.join(', ')}], bias [${bias.shape.join(', ')}]`,
      expected: `groups that divide ${channels}, scale and bias [${channels}]`,
      fix: 'check `normGroups` and the channels of the network against the weights',
    });
  }
  return runKernel(groupNormKernel, { x, scale, bias }, { groups, epsilon }) as T;
}
