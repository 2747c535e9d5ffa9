import * as tf from '@tensorflow/tfjs';

/**
 * A clone of a tensor, whatever backend is current: `tensor.clone()` asks the current one, and tfjs's own backends hand
 * out a clone of another's tensor that dies with the original.
 */
export function cloned<T extends tf.Tensor>(tensor: T): T {
  const { dataId, shape, dtype } = tensor;
  const owner: tf.KernelBackend | undefined = tf.engine().state.tensorInfo.get(dataId)?.backend;
  if (owner === undefined) return tensor.clone();
  owner.incRef(dataId);
  return tf.engine().makeTensorFromTensorInfo({ dataId, shape, dtype }, owner) as T;
}
