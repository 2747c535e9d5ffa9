import type { Checkpoint } from '../../../src/core/storage/checkpoint.js';
import type { PlainTensor } from '../../../src/core/tensors/plain-tensor.js';

export function floats(shape: readonly number[], first = 0): PlainTensor {
  const length = shape.reduce((product, side) => product * side, 1);
  return { dtype: 'float32', shape, data: Float32Array.from({ length }, (_, i) => first + i / 8) };
}

/** A checkpoint small enough to be broken twenty thousand times. */
export function tinyCheckpoint(step = 12): Checkpoint {
  return {
    step,
    recipe: { format: 1, plugins: { denoiser: { name: 'mlp', config: { width: 2 } } }, train: { steps: 20 } },
    parameters: { 'layer.weight': floats([2, 3], step), 'layer.bias': floats([3]) },
    optimizer: { 'm/rank 1': floats([3]), updates: { dtype: 'int32', shape: [], data: Int32Array.of(step) } },
    average: { 'layer.weight': floats([2, 3], -step), 'layer.bias': floats([3], 1) },
  };
}
