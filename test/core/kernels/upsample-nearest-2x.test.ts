import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { upsampleNearest2x } from '../../../src/core/kernels/upsample-nearest-2x.js';
import { expectFiniteDifferences } from './compare.js';

describe('upsampleNearest2x', () => {
  beforeAll(() => tf.setBackend('cpu'));

  it('copies each pixel to 2 x 2', () => {
    const y = tf.tidy(() => upsampleNearest2x(tf.tensor4d([1, 2, 3, 4], [1, 1, 2, 2])).arraySync());
    const row = [
      [1, 2],
      [1, 2],
      [3, 4],
      [3, 4],
    ];
    expect(y).toEqual([[row, row]]);
  });

  it('gives each pixel the sum of its copies', () => {
    const dx = tf.tidy(() => {
      const dy = tf.tensor4d(
        Array.from({ length: 16 }, (_, index) => index),
        [1, 4, 4, 1],
      );
      return tf
        .grad((x) => upsampleNearest2x(x as tf.Tensor4D))(tf.zeros([1, 2, 2, 1]), dy)
        .dataSync();
    });
    expect([...dx]).toEqual([10, 18, 42, 50]);
  });

  it('agrees with finite differences', () =>
    expectFiniteDifferences((x) => upsampleNearest2x(x as tf.Tensor4D), [[2, 3, 5, 2]]));
});
