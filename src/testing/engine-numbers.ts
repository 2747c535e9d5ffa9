import * as tf from '@tensorflow/tfjs';

/** Numbers in (-1, 1) that look irregular and are the same everywhere. */
export function waves(shape: readonly number[], phase: number): tf.Tensor {
  const size = shape.reduce((product, side) => product * side, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, index) => Math.sin(phase + 2.3 * index + 0.01 * index * index)),
    [...shape],
  );
}

/**
 * Largest difference, relative to the largest expected number; infinite where one is NaN or the lengths differ.
 *
 * @param floor - what counts as the largest expected number at least; 1e-6 where absent
 */
export function relativeGap(actual: ArrayLike<number>, expected: ArrayLike<number>, floor = 1e-6): number {
  if (actual.length !== expected.length) return Infinity;
  let gap = 0;
  for (let index = 0; index < expected.length; index++) {
    const apart = Math.abs((actual[index] ?? Number.NaN) - (expected[index] ?? Number.NaN));
    gap = Number.isNaN(apart) ? Infinity : Math.max(gap, apart);
  }
  return gap / Math.max(floor, largest(expected));
}

/** The largest absolute value. */
export function largest(numbers: ArrayLike<number>): number {
  let most = 0;
  for (let index = 0; index < numbers.length; index++) most = Math.max(most, Math.abs(numbers[index] ?? 0));
  return most;
}
