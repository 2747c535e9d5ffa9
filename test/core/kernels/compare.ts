import * as tf from '@tensorflow/tfjs';
import { expect } from 'vitest';

/** A function of tensors to one tensor. */
export type TensorFunction = (...inputs: tf.Tensor[]) => tf.Tensor;

/** Reproducible normal numbers: a keyed generator, so that every call of a test sees the same data. */
export function normal(shape: readonly number[], seed: number, scale = 1): tf.Tensor {
  return tf.randomNormal([...shape], 0, scale, 'float32', seed);
}

/** Output and gradients (for a fixed random dy) as plain data. */
export function outputAndGradients(work: TensorFunction, shapes: readonly (readonly number[])[]): Float32Array[] {
  return tf.tidy(() => {
    const inputs = shapes.map((shape, index) => normal(shape, index + 1));
    const output = work(...inputs);
    const gradients = tf.grads(work)(inputs, normal(output.shape, 99));
    return [output, ...gradients].map((tensor) => tensor.dataSync() as Float32Array);
  });
}

/** Expects equal numbers, relative to the largest one. */
export function expectClose(actual: Float32Array, expected: Float32Array, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  const scale = Math.max(1, ...expected.map(Math.abs));
  const worst = actual.reduce((max, value, index) => {
    const gap = Math.abs(value - (expected[index] ?? Number.NaN));
    return Number.isNaN(gap) ? Infinity : Math.max(max, gap);
  }, 0);
  expect(worst / scale).toBeLessThan(tolerance);
}

/** Expects the gradient of `sum(work * dy)` to agree with differences, at `count` places of each input. */
export function expectFiniteDifferences(work: TensorFunction, shapes: readonly (readonly number[])[], count = 5): void {
  tf.tidy(() => {
    const inputs = shapes.map((shape, index) => normal(shape, index + 1));
    const dy = normal(work(...inputs).shape, 99);
    const value = (args: tf.Tensor[]): number => tf.sum(tf.mul(work(...args), dy)).dataSync()[0] ?? Number.NaN;
    tf.grads(work)(inputs, dy).forEach((gradient, which) => {
      const slopes = gradient.dataSync();
      for (let place = 0; place < count; place++) {
        const index = (place * 7919) % slopes.length;
        const moved = (by: number): number => value(inputs.map((x, i) => (i === which ? nudged(x, index, by) : x)));
        const difference = (moved(0.02) - moved(-0.02)) / 0.04;
        expect(Math.abs(difference - (slopes[index] ?? 0))).toBeLessThan(2e-2 * Math.max(1, Math.abs(difference)));
      }
    });
  });
}

function nudged(x: tf.Tensor, index: number, by: number): tf.Tensor {
  const values = Float32Array.from(x.dataSync());
  values[index] = (values[index] ?? 0) + by;
  return tf.tensor(values, x.shape);
}
