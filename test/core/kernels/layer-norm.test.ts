import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, it } from 'vitest';
import { layerNorm } from '../../../src/core/kernels/layer-norm.js';
import { expectClose, expectFiniteDifferences, outputAndGradients } from './compare.js';

const EPSILON = 1e-3;

/** The same in plain operations. */
function composed(x: tf.Tensor): tf.Tensor {
  const { mean, variance } = tf.moments(x, -1, true);
  return tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, EPSILON)));
}

describe('layerNorm', () => {
  beforeAll(() => tf.setBackend('cpu'));

  it('and its gradient are those of the composition', () => {
    const expected = outputAndGradients(composed, [[2, 3, 8]]);
    outputAndGradients((x) => layerNorm(x, EPSILON), [[2, 3, 8]]).forEach((actual, index) => {
      expectClose(actual, expected[index] as Float32Array, 1e-5);
    });
  });

  it('agrees with finite differences', () => expectFiniteDifferences((x) => layerNorm(x, EPSILON), [[2, 4]]));
});
