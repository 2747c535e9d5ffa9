import * as tf from '@tensorflow/tfjs';
import { runKernel, type Kernel } from './kernel.js';

type Attributes = { readonly rows: number };

/** `RxdEmbeddingLookupGrad`: the gradient of the table, as a one-hot product, which every backend has. */
export const embeddingLookupGradKernel: Kernel<{ ids: tf.Tensor; dy: tf.Tensor }, Attributes, tf.Tensor> = {
  name: 'RxdEmbeddingLookupGrad',
  plain: ({ ids, dy }, { rows }) => tf.matMul(tf.cast(tf.oneHot(ids, rows), 'float32'), dy, true),
};

/** `RxdEmbeddingLookup`. Rows are gathered: a product would cost a large vocabulary more than the network behind it. */
export const embeddingLookupKernel: Kernel<{ table: tf.Tensor; ids: tf.Tensor }, Attributes, tf.Tensor> = {
  name: 'RxdEmbeddingLookup',
  plain: ({ table, ids }, { rows }) => {
    const inside = tf.logicalAnd(tf.greaterEqual(ids, 0), tf.less(ids, rows));
    const found = tf.gather(table, tf.mul(ids, tf.cast(inside, 'int32')));
    return tf.mul(found, tf.reshape(tf.cast(inside, 'float32'), [-1, 1]));
  },
  gradient: {
    saves: ['ids'],
    inputs: (dy, [ids = dy], attributes) => ({
      table: runKernel(embeddingLookupGradKernel, { ids, dy }, attributes),
      ids: tf.zeros(ids.shape),
    }),
  },
};

/**
 * Rows of a table, by index.
 *
 * @param table - `[V, D]`
 * @param ids - int32 `[N]`, 0 … V - 1; others give rows of zeros
 * @returns `[N, D]`, float32
 */
export function embeddingLookup(table: tf.Tensor2D, ids: tf.Tensor1D): tf.Tensor2D {
  const [rows] = table.shape;
  return runKernel(embeddingLookupKernel, { table, ids: tf.cast(ids, 'int32') }, { rows }) as tf.Tensor2D;
}
