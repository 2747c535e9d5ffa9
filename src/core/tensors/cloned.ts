import * as tf from '@tensorflow/tfjs';
import { ownerOf } from './owner-of.js';

/**
 * A clone of a tensor that stays with its backend, whichever is current: `tensor.clone()` asks the current one, and tfjs's
 * own backends then take the numbers over, which waits for them, and fails where they can only be read later (WebGPU).
 */
export function cloned<T extends tf.Tensor>(tensor: T): T {
  const { dataId, shape, dtype } = tensor;
  const owner = ownerOf(dataId)?.backend;
  if (owner === undefined) return tensor.clone();
  owner.incRef(dataId);
  return tf.engine().makeTensorFromTensorInfo({ dataId, shape, dtype }, owner) as T;
}
