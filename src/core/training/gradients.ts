import * as tf from '@tensorflow/tfjs';

/** A loss and its gradient for each input. */
export interface LossAndGradients {
  readonly loss: tf.Scalar;
  readonly gradients: readonly tf.Tensor[];
}

/**
 * Runs `loss` forward and backward. Unlike `tf.valueAndGrads` it gives zeros for an input that the loss does not depend
 * on (a class embedding in an unconditional run), and it frees what autodiff saved for the backward pass if the forward
 * or backward pass throws: tfjs marks those tensors as kept, so that no tidy would.
 */
export function lossAndGradients(loss: () => tf.Scalar, inputs: readonly tf.Tensor[]): LossAndGradients {
  const engine = tf.engine();
  try {
    const { value, grads } = engine.gradients(loss, [...inputs], undefined, true);
    return { loss: value, gradients: inputs.map((input, index) => grads[index] ?? tf.zerosLike(input)) };
  } catch (error) {
    const { state } = engine;
    if (state.gradientDepth === 0) {
      for (const { saved = [] } of state.activeTape ?? []) tf.dispose(saved);
      state.activeTape = [];
    }
    throw error;
  }
}
