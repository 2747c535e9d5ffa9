import * as tf from '@tensorflow/tfjs';

/**
 * What `work`, which differentiates, gives. If it throws, in the forward or the backward pass, what autodiff saved for the
 * backward pass is freed: tfjs marks those tensors as kept, so that no tidy would.
 */
export function tapeFreed<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { state } = tf.engine();
    if (state.gradientDepth === 0) {
      for (const { saved = [] } of state.activeTape ?? []) tf.dispose(saved);
      state.activeTape = [];
    }
    throw error;
  }
}
