import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { attention } from '../../../src/core/kernels/attention.js';
import { expectClose, expectFiniteDifferences, outputAndGradients, type TensorFunction } from './compare.js';

const ours =
  (heads: number): TensorFunction =>
  (q, k, v) =>
    attention(q, k, v, heads);

/** One head at a time, with slices. */
const headByHead =
  (heads: number): TensorFunction =>
  (...inputs) => {
    const width = (inputs[0]?.shape[2] ?? 0) / heads;
    const outputs = Array.from({ length: heads }, (_, head) => {
      const [q, k, v] = inputs.map((x) => tf.slice(x, [0, 0, head * width], [-1, -1, width])) as [
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
      ];
      return tf.matMul(tf.softmax(tf.matMul(q, k, false, true).div(Math.sqrt(width))), v);
    });
    return tf.concat(outputs, 2);
  };

describe('attention', () => {
  beforeAll(() => tf.setBackend('cpu'));

  it.each([
    [1, 4, 4],
    [2, 5, 3],
    [3, 1, 7],
  ])('with %i heads, %i queries and %i keys agrees with one head at a time, and its gradient', (heads, l, s) => {
    const shapes = [
      [2, l, 6],
      [2, s, 6],
      [2, s, 6],
    ];
    const expected = outputAndGradients(headByHead(heads), shapes);
    outputAndGradients(ours(heads), shapes).forEach((actual, index) => {
      expectClose(actual, expected[index] as Float32Array, 1e-5);
    });
  });

  it('agrees with finite differences', () => {
    expectFiniteDifferences(ours(2), [
      [2, 3, 4],
      [2, 3, 4],
      [2, 3, 4],
    ]);
  });

  it('refuses shapes that do not go together', () => {
    const [q, k] = [tf.zeros([1, 4, 6]), tf.zeros([1, 4, 5])];
    expect(() => attention(q, k, k, 1)).toThrow(/RXD_PARAMETERS_MISMATCH/);
    expect(() => attention(q, q, q, 4)).toThrow(/RXD_PARAMETERS_MISMATCH/);
    tf.dispose([q, k]);
  });
});
