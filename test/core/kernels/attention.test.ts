import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { attention } from '../../../src/core/kernels/attention.js';
import { queryChunks, scoresHeld } from '../../../src/core/kernels/query-chunks.js';
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

  const biased: TensorFunction = (q, k, v, bias) => attention(q, k, v, 2, { bias, scale: 0.7 });
  const BIASES = [
    [2, 1, 1, 5],
    [1, 2, 4, 5],
    [2, 2, 4, 5],
  ] as const;
  it.each(BIASES)('with a bias [%i, %i, %i, %i] adds it to the scores, and has its gradient', (...bias) => {
    const plain: TensorFunction = (...inputs) => {
      const [q, k, v] = inputs.slice(0, 3).map((x) => {
        const [batch = 1, length = 1, width = 1] = x.shape;
        return tf.transpose(tf.reshape(x, [batch, length, 2, width / 2]), [0, 2, 1, 3]);
      }) as [tf.Tensor, tf.Tensor, tf.Tensor];
      const scores = tf.add(tf.mul(tf.matMul(q, k, false, true), 0.7), inputs[3] as tf.Tensor);
      return tf.reshape(tf.transpose(tf.matMul(tf.softmax(scores), v), [0, 2, 1, 3]), [2, 4, 6]);
    };
    const shapes = [[2, 4, 6], [2, 5, 6], [2, 5, 6], bias];
    const expected = outputAndGradients(plain, shapes);
    outputAndGradients(biased, shapes).forEach((actual, index) => {
      expectClose(actual, expected[index] as Float32Array, 1e-5);
    });
  });

  it('goes through the queries in chunks, which change nothing', () => {
    const shapes = [
      [2, 5, 4],
      [2, 3, 4],
      [2, 3, 4],
      [1, 2, 5, 3],
    ];
    const within =
      (mostScores: number): TensorFunction =>
      (q, k, v, bias) =>
        attention(q, k, v, 2, { bias, mostScores });
    const whole = outputAndGradients(within(60), shapes);
    for (const most of [24, 1])
      outputAndGradients(within(most), shapes).forEach((actual, index) => {
        expectClose(actual, whole[index] as Float32Array, 1e-6);
      });
  });

  it.each([
    [1, 10, 10, [10]],
    [16, 4096, 4096, Array.from({ length: 64 }, () => 64)],
    [1, 3, 2 ** 23, [1, 1, 1]],
    [2, 5, 2 ** 20, [2, 2, 1]],
  ])('splits %i rows of %i queries and %i keys', (rows, queries, keys, counts) => {
    const chunks = queryChunks(rows, queries, keys);
    expect(chunks.map(({ count }) => count)).toEqual(counts);
    expect(chunks.reduce((at, { start, count }) => (start === at ? at + count : -1), 0)).toBe(queries);
  });

  it('refuses shapes that do not go together', () => {
    const [q, k] = [tf.zeros([1, 4, 6]), tf.zeros([1, 4, 5])];
    expect(() => attention(q, k, k, 1)).toThrow(/RXD_PARAMETERS_MISMATCH/);
    expect(() => attention(q, q, q, 4)).toThrow(/RXD_PARAMETERS_MISMATCH/);
    const bias = tf.zeros([1, 3, 4, 4]);
    expect(() => attention(q, q, q, 1, { bias })).toThrow(/RXD_PARAMETERS_MISMATCH/);
    tf.dispose([q, k, bias]);
  });
});

it('the scores that an attention holds are known at once, also of sizes that nobody could list', () => {
  for (const [rows, queries] of [
    [1, 1],
    [3, 1000],
    [8, 4097],
  ] as const)
    expect(scoresHeld(rows, queries, queries)).toBe(
      rows * queries * (queryChunks(rows, queries, queries)[0]?.count ?? 0),
    );
  expect(scoresHeld(2, 2 ** 28, 2 ** 28)).toBe(2 ** 29);
});
