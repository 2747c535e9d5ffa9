import * as tf from '@tensorflow/tfjs';

/** `tf.tidy` for any record of tensors and numbers: frees what `work` made, but not what it returns (also nested). */
export function scoped<T>(work: () => T): T {
  return tf.tidy(work as unknown as () => tf.TensorContainer) as unknown as T;
}
