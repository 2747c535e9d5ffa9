import * as tf from '@tensorflow/tfjs';
import { tapeFreed } from '../tensors/tape-freed.js';

/** A loss and its gradient for each input. */
export interface LossAndGradients<L extends tf.Tensor> {
  readonly loss: L;
  readonly gradients: readonly tf.Tensor[];
}

/**
 * Runs `loss` forward and backward. Unlike `tf.valueAndGrads` it gives zeros for an input that the loss does not depend
 * on (a class embedding in an unconditional run), and it leaks nothing if a pass throws.
 */
export function lossAndGradients<L extends tf.Tensor>(
  loss: () => L,
  inputs: readonly tf.Tensor[],
): LossAndGradients<L> {
  const { value, grads } = tapeFreed(() => tf.engine().gradients(loss, [...inputs], undefined, true));
  return { loss: value, gradients: inputs.map((input, index) => grads[index] ?? tf.zerosLike(input)) };
}
