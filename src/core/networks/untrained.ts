import * as tf from '@tensorflow/tfjs';

/** A weight that training leaves as it is: its gradient is zero. */
export const untrained = tf.customGrad((x) => {
  const kept = x as tf.Tensor;
  return { value: tf.clone(kept), gradFunc: (dy: tf.Tensor) => tf.zerosLike(dy) };
});
