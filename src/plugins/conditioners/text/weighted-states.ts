import * as tf from '@tensorflow/tfjs';

/**
 * Hidden states times the weights of their tokens, then scaled so that the mean of each text is what it was (AUTOMATIC1111's
 * web interface; diffusers' community pipeline `lpw_stable_diffusion`, whose mean is of each text too).
 *
 * @param states - `[N, tokens, width]`
 * @param weights - one for each token, in the order of `states`; none leave the states as they are
 */
export function weighted(states: tf.Tensor3D, weights?: tf.Tensor): tf.Tensor3D {
  if (weights === undefined) return states;
  const [rows, tokens] = states.shape;
  const scaled = tf.mul(states, tf.reshape(weights, [rows, tokens, 1]));
  const mean = (x: tf.Tensor): tf.Tensor => tf.mean(x, [1, 2], true);
  return tf.mul(scaled, tf.div(mean(states), mean(scaled)));
}
