import * as tf from '@tensorflow/tfjs';

/**
 * Rows of a table, by index, as a one-hot product: its gradient is a product too, so that every backend trains it.
 *
 * @param table - `[V, D]`
 * @param ids - int32 `[N]`, 0 … V - 1; others give rows of zeros
 * @returns `[N, D]`, float32
 */
export function embeddingLookup(table: tf.Tensor2D, ids: tf.Tensor1D): tf.Tensor2D {
  return tf.matMul(tf.cast(tf.oneHot(tf.cast(ids, 'int32'), table.shape[0]), 'float32'), table);
}
