import * as tf from '@tensorflow/tfjs';

/** Rotations of tokens: cosines and sines for each number of a head, `[N or 1, tokens, 1, headWidth]`. */
export interface Rotary {
  readonly cosine: tf.Tensor;
  readonly sine: tf.Tensor;
}

/**
 * Rotations by the places of tokens on several axes (Su et al. 2021, section 3.2.2): each axis has its part of a head, and
 * in it neighbouring numbers are turned by place / 10000^(2i / width).
 *
 * @param places - `[tokens, axes]`, or one such table a sample
 * @param widths - numbers of a head for each axis, even
 */
export function rotaryOf(places: tf.Tensor, widths: readonly number[]): Rotary {
  const [tokens = 0, axes = 0] = places.shape.slice(-2);
  const rows: tf.Tensor2D = tf.reshape(places, [-1, axes]);
  const width = widths.reduce((sum, part) => sum + part, 0);
  const angles = tf.reshape(tf.matMul(rows, frequencies(widths, width)), [-1, tokens, 1, width]);
  return { cosine: tf.cos(angles), sine: tf.sin(angles) };
}

/** The frequency of each number of a head, in the row of its axis. */
function frequencies(widths: readonly number[], width: number): tf.Tensor2D {
  const values = new Float32Array(widths.length * width);
  let start = 0;
  for (const [axis, part] of widths.entries()) {
    for (let i = 0; i < part; i++) values[axis * width + start + i] = 10_000 ** (-(i - (i % 2)) / part);
    start += part;
  }
  return tf.tensor2d(values, [widths.length, width]);
}

/** Heads, turned. @param x - `[N, tokens, heads, headWidth]` */
export function rotated(x: tf.Tensor, { cosine, sine }: Rotary): tf.Tensor {
  return tf.add(tf.mul(x, cosine), tf.mul(quarterTurn(x), sine));
}

/** Each pair (a, b) of neighbours as (-b, a), by a product: every engine has it and its gradient. */
function quarterTurn(x: tf.Tensor): tf.Tensor {
  const width = x.shape.at(-1) ?? 1;
  const matrix = new Float32Array(width * width);
  for (let i = 0; i < width; i += 2) {
    matrix[(i + 1) * width + i] = -1;
    matrix[i * width + i + 1] = 1;
  }
  const rows: tf.Tensor2D = tf.reshape(x, [-1, width]);
  return tf.reshape(tf.matMul(rows, tf.tensor2d(matrix, [width, width])), x.shape);
}
