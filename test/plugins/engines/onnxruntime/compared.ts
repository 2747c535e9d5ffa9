import * as tf from '@tensorflow/tfjs';
import { expect } from 'vitest';

/** Compares results, each relative to its largest number. */
export function compared(found: readonly ArrayLike<number>[], expected: readonly (readonly number[])[]): void {
  expected.forEach((numbers, index) => {
    const largest = Math.max(...numbers.map(Math.abs), 1e-3);
    const results = found[index] ?? [];
    expect(results).toHaveLength(numbers.length);
    const worst = Math.max(...numbers.map((x, at) => Math.abs(x - (results[at] ?? NaN)) / largest));
    expect(worst).toBeLessThan(2e-5);
  });
}

/** Numbers without a pattern that a wrong order could keep. */
export function waves(shape: readonly number[], seed: number): tf.Tensor4D {
  const size = shape.reduce((product, side) => product * side, 1);
  const numbers = Float32Array.from({ length: size }, (_, at) => Math.sin((at + seed) * (at + seed) * 0.7) / 2);
  return tf.tensor<tf.Rank.R4>(numbers, [...shape] as [number, number, number, number]);
}
