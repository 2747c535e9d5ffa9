import * as tf from '@tensorflow/tfjs';
import { groupNorm } from '../../../../src/core/kernels/group-norm.js';
import { silu } from '../../../../src/core/kernels/silu.js';
import { upsampleNearest2x } from '../../../../src/core/kernels/upsample-nearest-2x.js';
import type { Work } from './emulator/lower.js';

/** Shapes of inputs. */
export type Shapes = readonly (readonly number[])[];

/** A function of images, and the shapes of its inputs for blocks of `b` channels. */
export interface Case {
  readonly work: (...inputs: tf.Tensor4D[]) => tf.Tensor;
  readonly shapes: (b: number) => Shapes;
  /** The first input is not asked for a gradient, as images that enter a network are not. */
  readonly isFirst?: true;
}

/** A convolution with what may follow it. */
export const conv = (strides: number, pad: 'same' | 'valid' | number = 'same'): Case['work'] => {
  return (x, w, bias, addend) => {
    const sums = tf.conv2d(x, w, strides, pad, 'NHWC', 1, typeof pad === 'number' ? 'floor' : undefined);
    const shifted = bias === undefined ? sums : tf.add(sums, bias);
    return addend === undefined ? shifted : tf.add(shifted, addend);
  };
};

/** What lowerings over blocks are for. */
export const CASES: Readonly<Record<string, Case>> = {
  'a convolution, 3x3': {
    work: conv(1),
    shapes: (b) => [
      [2, 4, 4, 2 * b],
      [3, 3, 2 * b, b],
    ],
  },
  'a convolution, 3x3, in steps of two': {
    work: conv(2),
    shapes: (b) => [
      [1, 6, 4, b],
      [3, 3, b, 2 * b],
    ],
  },
  'a convolution, 3x3, in steps of two, padded by one': {
    work: conv(2, 1),
    shapes: (b) => [
      [1, 6, 6, b],
      [3, 3, b, b],
    ],
  },
  'a convolution over a map of odd sides': {
    work: conv(2),
    shapes: (b) => [
      [1, 5, 7, b],
      [3, 3, b, b],
    ],
  },
  'a pointwise convolution': {
    work: conv(1),
    shapes: (b) => [
      [2, 4, 6, 2 * b],
      [1, 1, 2 * b, b],
    ],
  },
  'a pointwise convolution in steps of two over a map of odd sides': {
    work: conv(2),
    shapes: (b) => [
      [1, 5, 5, b],
      [1, 1, b, b],
    ],
  },
  'a convolution without padding': {
    work: conv(1, 'valid'),
    shapes: (b) => [
      [1, 5, 6, b],
      [3, 3, b, b],
    ],
  },
  'a convolution with a bias': { work: conv(1), shapes: (b) => [[1, 3, 3, b], [3, 3, b, 2 * b], [2 * b]] },
  'a convolution with a bias and an image that is added': {
    work: conv(1),
    shapes: (b) => [[1, 3, 4, b], [3, 3, b, 2 * b], [2 * b], [1, 3, 4, 2 * b]],
  },
  'a convolution of one channel': {
    isFirst: true,
    work: conv(1),
    shapes: (b) => [
      [2, 4, 4, 1],
      [3, 3, 1, b],
    ],
  },
  'a convolution of three channels': {
    isFirst: true,
    work: conv(1),
    shapes: (b) => [[2, 4, 4, 3], [3, 3, 3, 2 * b], [2 * b]],
  },
  'a group norm': {
    work: (x, scale, bias) => groupNorm(x, scale, bias, 4, 1e-5),
    shapes: (b) => [[2, 3, 5, 2 * b], [2 * b], [2 * b]],
  },
  'a group norm and SiLU after a convolution': {
    work: (x, w, scale, bias) => silu(groupNorm(conv(1)(x, w), scale, bias, 2, 1e-5)),
    shapes: (b) => [[2, 3, 3, b], [3, 3, b, b], [b], [b]],
  },
  'twice the sides': {
    work: (x, w) => upsampleNearest2x(conv(1)(x, w) as tf.Tensor4D),
    shapes: (b) => [
      [2, 2, 3, b],
      [1, 1, b, 2 * b],
    ],
  },
  'channels joined': {
    work: (x, w, y) => tf.concat([conv(1)(x, w), y], 3),
    shapes: (b) => [
      [2, 3, 4, b],
      [1, 1, b, 2 * b],
      [2, 3, 4, b],
    ],
  },
  'channels cut apart': {
    work: (x, w) => {
      const [a, c] = tf.split(conv(1)(x, w), 2, 3) as [tf.Tensor, tf.Tensor];
      return tf.sub(tf.mul(a, 2), silu(c));
    },
    shapes: (b) => [
      [2, 3, 4, b],
      [1, 1, b, 2 * b],
    ],
  },
  'rows and columns around an image': {
    work: (x, w) =>
      tf.pad(
        conv(1)(x, w),
        [
          [0, 0],
          [1, 2],
          [0, 1],
          [0, 0],
        ],
        0.5,
      ),
    shapes: (b) => [
      [2, 3, 2, b],
      [1, 1, b, 2 * b],
    ],
  },
  'numbers for each channel, and for each channel of a sample': {
    work: (x, w, scale, shift) => tf.add(tf.mul(silu(conv(1)(x, w)), scale), shift),
    shapes: (b) => [[2, 3, 3, b], [1, 1, b, 2 * b], [2 * b], [2, 1, 1, 2 * b]],
  },
  'sums over pixels': {
    work: (x, w) => tf.sum(conv(1)(x, w), [1, 2]),
    shapes: (b) => [
      [2, 3, 5, b],
      [1, 1, b, 2 * b],
    ],
  },
  'sums over pixels and samples': {
    work: (x, w) => tf.sum(conv(1)(x, w), [0, 1, 2]),
    shapes: (b) => [
      [2, 3, 5, b],
      [1, 1, b, 2 * b],
    ],
  },
  'sums over everything': {
    work: (x, w) => tf.sum(tf.square(conv(1)(x, w))),
    shapes: (b) => [
      [2, 3, 5, b],
      [1, 1, b, 2 * b],
    ],
  },
};

/** The gradient of a convolution for its weights. Inputs: x, weights, slopes. */
export function filterSlope(strides: number): Work {
  return (x, w, dy) => [tf.grad((weights) => conv(strides)(x, weights as tf.Tensor4D))(w, dy)];
}

/** A function's result, and its gradients for its inputs from one on. */
export function withGradients(work: Case['work'], from: number): Work {
  return (...inputs) => {
    const before = inputs.slice(0, from);
    const loss = (...given: tf.Tensor[]): tf.Tensor => tf.sum(tf.sin(work(...before, ...(given as tf.Tensor4D[]))));
    return [work(...inputs), ...tf.grads(loss)(inputs.slice(from))];
  };
}
