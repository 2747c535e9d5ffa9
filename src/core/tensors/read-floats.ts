import type * as tf from '@tensorflow/tfjs';
import { cloned } from './cloned.js';
import { ownerOf } from './owner-of.js';

/** Backends whose values come only after a wait. */
const later = new WeakSet<tf.KernelBackend>();

/** Says that values of this backend (WebGPU's) can only be read by `await tensor.data()`; its engine does so. */
export function readsLater(backend: tf.KernelBackend): void {
  later.add(backend);
}

/** Whether the values of a tensor can only be waited for. */
export function isReadLater(tensor: tf.Tensor): boolean {
  const owner = ownerOf(tensor.dataId);
  return owner !== undefined && later.has(owner.backend);
}

/**
 * A copy of the numbers of a tensor: at once, or as a promise where its backend can only be waited for. Then the tensor
 * may be disposed of at once: a clone is read.
 */
export function readFloats(tensor: tf.Tensor): Float32Array | Promise<Float32Array> {
  if (!isReadLater(tensor)) return Float32Array.from(tensor.dataSync());
  const kept = cloned(tensor);
  return kept
    .data()
    .then((values) => Float32Array.from(values))
    .finally(() => kept.dispose());
}
