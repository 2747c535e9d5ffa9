import * as tf from '@tensorflow/tfjs';

/** `[N, L, H * D]` as `[N, H, L, D]`. */
function split(x: tf.Tensor3D, heads: number): tf.Tensor4D {
  const [rows, length, width] = x.shape;
  return tf.transpose(tf.reshape(x, [rows, length, heads, width / heads]), [0, 2, 1, 3]);
}

/**
 * Attention with numbers added to its scores: softmax(q k^T + bias) v for each head. For the tokens of a text, which are few:
 * the scores are held whole. Scores are not scaled; scale `q` first where the network does.
 *
 * @param q - `[N, L, H * D]`, heads side by side; `k` and `v` alike
 * @param bias - of a shape that spreads over `[N, H, L, L]`
 */
export function biasedAttention(
  q: tf.Tensor3D,
  k: tf.Tensor3D,
  v: tf.Tensor3D,
  { heads, bias }: { readonly heads: number; readonly bias: tf.Tensor },
): tf.Tensor3D {
  const scores = tf.add(tf.matMul(split(q, heads), split(k, heads), false, true), bias);
  const found = tf.matMul(tf.softmax(scores), split(v, heads));
  return tf.reshape(tf.transpose(found, [0, 2, 1, 3]), q.shape);
}
