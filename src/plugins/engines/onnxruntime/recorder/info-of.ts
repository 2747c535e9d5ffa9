import type * as tf from '@tensorflow/tfjs';
import type { Value } from '../graph/value.js';

/** A value as tfjs wants it from a kernel. */
export function infoOf(value: Value): tf.TensorInfo {
  return { dataId: value, shape: [...value.shape], dtype: value.dtype };
}
