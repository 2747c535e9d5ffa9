import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { silu } from '../../../src/core/kernels/silu.js';
import { expectClose, expectFiniteDifferences, outputAndGradients } from './compare.js';

describe('silu', () => {
  beforeAll(() => tf.setBackend('cpu'));

  it('is x * sigmoid(x)', () => {
    const values = [-20, -1, 0, 0.5, 3];
    const y = tf.tidy(() => silu(tf.tensor1d(values)).dataSync()) as Float32Array;
    expectClose(
      y,
      Float32Array.from(values, (x) => x / (1 + Math.exp(-x))),
      1e-6,
    );
  });

  it('has the gradient of the composition', () => {
    const expected = outputAndGradients((x) => tf.mul(x, tf.sigmoid(x)), [[3, 5, 7]]);
    outputAndGradients((x) => silu(x), [[3, 5, 7]]).forEach((actual, index) => {
      expectClose(actual, expected[index] as Float32Array, 1e-6);
    });
  });

  it('agrees with finite differences', () => expectFiniteDifferences((x) => silu(x), [[3, 4]]));

  it('is one kernel, so that an engine sees it whole', () => {
    const x = tf.ones([2]);
    silu(x).dispose();
    const plain = tf.getKernel('RxdSilu', 'cpu');
    let calls = 0;
    tf.unregisterKernel('RxdSilu', 'cpu');
    tf.registerKernel({ ...plain, kernelFunc: (call) => (calls++, plain.kernelFunc(call)) });
    silu(x).dispose();
    expect(calls).toBe(1);
    x.dispose();
  });
});
