import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { embeddingLookup } from '../../../src/core/kernels/embedding-lookup.js';

describe('embeddingLookup', () => {
  beforeAll(() => tf.setBackend('cpu'));

  const table = [
    [1, 2],
    [3, 4],
    [5, 6],
  ];

  it('takes rows of the table', () => {
    const rows = tf.tidy(() => embeddingLookup(tf.tensor2d(table), tf.tensor1d([2, 0, 2], 'int32')).arraySync());
    expect(rows).toEqual([table[2], table[0], table[2]]);
  });

  it('gives zeros for ids that are not in the table', () => {
    const rows = tf.tidy(() => embeddingLookup(tf.tensor2d(table), tf.tensor1d([3, 1, -1], 'int32')).arraySync());
    expect(rows).toEqual([[0, 0], table[1], [0, 0]]);
  });

  it('adds up the gradients of rows taken twice', () => {
    const gradient = tf.tidy(() => {
      const ids = tf.tensor1d([2, 0, 2], 'int32');
      return tf
        .grad((t) => embeddingLookup(t as tf.Tensor2D, ids))(tf.tensor2d(table), tf.ones([3, 2]))
        .arraySync();
    });
    expect(gradient).toEqual([
      [1, 1],
      [0, 0],
      [2, 2],
    ]);
  });
});
