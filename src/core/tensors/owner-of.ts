import * as tf from '@tensorflow/tfjs';

/** What tfjs knows of a handle. */
interface Owned {
  readonly backend: tf.KernelBackend;
  readonly shape: number[];
  readonly dtype: tf.DataType;
}

/** The backend that has the numbers of a handle, their shape and type; nothing where the tensor was disposed of. */
export function ownerOf(dataId: object): Owned | undefined {
  return tf.engine().state.tensorInfo.get(dataId);
}
