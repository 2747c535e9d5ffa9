import * as tf from '@tensorflow/tfjs';
import { runKernel, type Kernel } from './kernel.js';

type None = Readonly<Record<never, number>>;

/** `RxdUpsampleNearest2xGrad`: each pixel gets the sum over its 2 x 2 copies. */
export const upsampleNearest2xGradKernel: Kernel<{ dy: tf.Tensor }, None, tf.Tensor> = {
  name: 'RxdUpsampleNearest2xGrad',
  plain: ({ dy }) => {
    const [batch = 1, height = 2, width = 2, channels = 1] = dy.shape;
    const rows = tf.sum(tf.reshape(dy, [(batch * height) / 2, 2, width * channels]), 1);
    const columns = tf.sum(tf.reshape(rows, [(batch * height * width) / 4, 2, channels]), 1);
    return tf.reshape(columns, [batch, height / 2, width / 2, channels]);
  },
};

/** `RxdUpsampleNearest2x`. */
export const upsampleNearest2xKernel: Kernel<{ x: tf.Tensor }, None, tf.Tensor> = {
  name: 'RxdUpsampleNearest2x',
  plain: ({ x }) => {
    const [batch = 1, height = 1, width = 1, channels = 1] = x.shape;
    const columns = tf.tile(tf.reshape(x, [batch * height * width, 1, channels]), [1, 2, 1]);
    const rows = tf.tile(tf.reshape(columns, [batch * height, 1, 2 * width * channels]), [1, 2, 1]);
    return tf.reshape(rows, [batch, 2 * height, 2 * width, channels]);
  },
  gradient: {
    saves: [],
    inputs: (dy) => ({ x: runKernel(upsampleNearest2xGradKernel, { dy }, {}) }),
  },
};

/**
 * Twice the height and width, each pixel copied to 2 x 2.
 *
 * @param x - `[N, H, W, C]`
 * @returns `[N, 2H, 2W, C]`, float32
 */
export function upsampleNearest2x(x: tf.Tensor4D): tf.Tensor4D {
  return runKernel(upsampleNearest2xKernel, { x }, {}) as tf.Tensor4D;
}
