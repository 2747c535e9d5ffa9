import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { groupNorm } from '../../../src/core/kernels/group-norm.js';
import { expectClose, expectFiniteDifferences, normal, outputAndGradients, type TensorFunction } from './compare.js';

/** The definition, channel by channel, in plain numbers. */
function definition(x: Float32Array, pixels: number, channels: number, groups: number): Float32Array {
  const width = channels / groups;
  const out = new Float32Array(x.length);
  for (let image = 0; image < x.length / (pixels * channels); image++) {
    for (let group = 0; group < groups; group++) {
      const places = Array.from({ length: pixels * width }, (_, index) => {
        const pixel = Math.floor(index / width);
        return (image * pixels + pixel) * channels + group * width + (index % width);
      });
      const values = places.map((place) => x[place] ?? 0);
      const mean = values.reduce((a, b) => a + b) / values.length;
      const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
      places.forEach((place, index) => {
        out[place] = ((values[index] ?? 0) - mean) / Math.sqrt(variance + 1e-5);
      });
    }
  }
  return out;
}

const norm =
  (groups: number): TensorFunction =>
  (x, scale, bias) =>
    groupNorm(x, scale, bias, groups, 1e-5);

describe('groupNorm', () => {
  beforeAll(() => tf.setBackend('cpu'));

  it.each([1, 3, 6])('normalizes %i contiguous groups', (groups) => {
    tf.tidy(() => {
      const x = normal([2, 3, 5, 6], 1);
      const y = groupNorm(x, tf.ones([6]), tf.zeros([6]), groups, 1e-5);
      expectClose(y.dataSync() as Float32Array, definition(x.dataSync() as Float32Array, 15, 6, groups), 1e-5);
    });
  });

  it('scales and shifts each channel', () => {
    tf.tidy(() => {
      const [scale, bias] = [normal([6], 2), normal([6], 3)];
      const plain = groupNorm(normal([2, 4, 6], 1), tf.ones([6]), tf.zeros([6]), 2, 1e-5);
      const y = groupNorm(normal([2, 4, 6], 1), scale, bias, 2, 1e-5);
      expectClose(y.dataSync() as Float32Array, plain.mul(scale).add(bias).dataSync() as Float32Array, 1e-6);
    });
  });

  it('has the gradient of the composition', () => {
    const composed: TensorFunction = (x, scale, bias) => {
      const grouped = tf.reshape(x, [2, 15, 2, 3]);
      const { mean, variance } = tf.moments(grouped, [1, 3], true);
      const normalized = grouped
        .sub(mean)
        .div(tf.sqrt(variance.add(1e-5)))
        .reshape([2, 3, 5, 6]);
      return normalized.mul(scale).add(bias);
    };
    const shapes = [[2, 3, 5, 6], [6], [6]];
    const expected = outputAndGradients(composed, shapes);
    outputAndGradients(norm(2), shapes).forEach((actual, index) => {
      expectClose(actual, expected[index] as Float32Array, 1e-5);
    });
  });

  it('agrees with finite differences', () => expectFiniteDifferences(norm(2), [[2, 3, 3, 4], [4], [4]]));

  it.each([
    ['groups that do not divide', 4, [6]],
    ['a scale of another size', 3, [5]],
  ])('refuses %s', (_, groups, scale) => {
    const [x, weight] = [tf.zeros([1, 2, 6]), tf.zeros(scale)];
    expect(() => groupNorm(x, weight, weight, groups, 1e-5)).toThrow(/RXD_PARAMETERS_MISMATCH/);
    tf.dispose([x, weight]);
  });

  it('makes one tensor, and only its result', () => {
    const [x, weight] = [normal([2, 4, 6], 1), tf.ones([6])];
    const before = tf.memory().numTensors;
    const y = groupNorm(x, weight, weight, 2, 1e-5);
    expect(tf.memory().numTensors - before).toBe(1);
    tf.dispose([x, weight, y]);
  });
});
