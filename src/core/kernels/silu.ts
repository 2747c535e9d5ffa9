import * as tf from '@tensorflow/tfjs';
import { runKernel, type Kernel } from './kernel.js';

type None = Readonly<Record<never, number>>;

/** `RxdSiluGrad`: dy * s * (1 + x * (1 - s)) with s = sigmoid(x). */
export const siluGradKernel: Kernel<{ x: tf.Tensor; dy: tf.Tensor }, None, tf.Tensor> = {
  name: 'RxdSiluGrad',
  plain: ({ x, dy }) => {
    const s = tf.sigmoid(x);
    return tf.mul(dy, tf.mul(s, tf.add(tf.mul(x, tf.sub(1, s)), 1)));
  },
};

/** `RxdSilu`. */
export const siluKernel: Kernel<{ x: tf.Tensor }, None, tf.Tensor> = {
  name: 'RxdSilu',
  plain: ({ x }) => tf.mul(x, tf.sigmoid(x)),
  gradient: {
    saves: ['x'],
    inputs: (dy, [x = dy]) => ({ x: runKernel(siluGradKernel, { x, dy }, {}) }),
  },
};

/** x * sigmoid(x), elementwise, float32 (also called swish; Elfwing et al. 2018, section 2.1). */
export function silu<T extends tf.Tensor>(x: T): T {
  return runKernel(siluKernel, { x }, {}) as T;
}
