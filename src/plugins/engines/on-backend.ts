import * as tf from '@tensorflow/tfjs';

/**
 * Runs work on a living tfjs backend and puts back the one that was current. tfjs's `setBackend` is async for backends
 * still to be made; for a living one all its work is synchronous.
 */
export function onBackend<T>(backend: string, work: () => T): T {
  const before = tf.engine().backendName;
  if (before === backend) return work();
  void tf.setBackend(backend);
  try {
    return work();
  } finally {
    if (before) void tf.setBackend(before);
  }
}
