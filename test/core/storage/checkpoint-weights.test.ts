import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Denoiser } from '../../../src/core/contracts/denoiser.js';
import { checkpointOf, checkpointWeights, fitDataOf } from '../../../src/core/storage/checkpoint-weights.js';
import { decodeCheckpoint, encodeCheckpoint, type Checkpoint } from '../../../src/core/storage/checkpoint.js';
import type { PlainTensor } from '../../../src/core/tensors/plain-tensor.js';
import type { FitData } from '../../../src/core/training/fit-data.js';
import { cpu } from '../training/tiny-fit.js';

const plain = (shape: readonly number[], data: readonly number[]): PlainTensor => ({
  dtype: 'float32',
  shape,
  data: Float32Array.from(data),
});

const recipe = { format: 1, plugins: {} } as const;

/** `[in, out]` in memory: two inputs, three outputs. */
const linear = plain([2, 3], [1, 2, 3, 4, 5, 6]);
/** Height 1, width 2, two inputs, one output. */
const convolution = plain([1, 2, 2, 1], [1, 2, 3, 4]);
const bias = plain([3], [7, 8, 9]);

const fitted: FitData = {
  parameters: { linear, convolution, bias },
  optimizer: { 'm/linear': linear },
  average: { linear: plain([2, 3], [6, 5, 4, 3, 2, 1]), convolution, bias },
  step: 4,
};

const layouts = { linear: 'linear', convolution: 'conv2d', bias: 'same' } as const;

/** A network that is nothing but names, shapes and layouts. */
function network(parameters = fitted.parameters): Denoiser {
  return {
    info: { sampleShape: [2] },
    parameters: Object.fromEntries(Object.entries(parameters).map(([name, { shape }]) => [name, tf.zeros([...shape])])),
    layout: (name) => layouts[name as keyof typeof layouts],
    predict: (_, x) => x,
  };
}

function withNetwork<T>(use: (denoiser: Denoiser) => T, parameters = fitted.parameters): T {
  const denoiser = network(parameters);
  try {
    return use(denoiser);
  } finally {
    tf.dispose(denoiser.parameters);
  }
}

const checkpoint = (): Checkpoint => withNetwork((denoiser) => checkpointOf(fitted, { denoiser }, recipe));

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('checkpointOf', () => {
  it('lays weights and average down as diffusers does: linear [out, in], convolutions [out, in, h, w]', () => {
    const { parameters, average } = checkpoint();
    expect(parameters['linear']).toEqual(plain([3, 2], [1, 4, 2, 5, 3, 6]));
    expect(parameters['convolution']).toEqual(plain([1, 2, 1, 2], [1, 3, 2, 4]));
    expect(parameters['bias']).toEqual(bias);
    expect(average?.['linear']).toEqual(plain([3, 2], [6, 3, 5, 2, 4, 1]));
  });

  it('leaves optimiser state as it lies in memory', () => {
    expect(checkpoint().optimizer).toEqual(fitted.optimizer);
  });

  it('says no average where the fit has none', () => {
    const { average: _, ...without } = fitted;
    expect(withNetwork((denoiser) => checkpointOf(without, { denoiser }, recipe))).not.toHaveProperty('average');
  });
});

describe('fitDataOf', () => {
  it('takes back what checkpointOf laid down, through the file', async () => {
    const read = await decodeCheckpoint(await encodeCheckpoint(checkpoint()));
    expect(withNetwork((denoiser) => fitDataOf(read, { denoiser }))).toEqual(fitted);
  });
});

describe('checkpointWeights', () => {
  const weightsOf = (source: Checkpoint, names = fitted.parameters): Record<string, readonly number[]> =>
    withNetwork((denoiser) => {
      const weights = checkpointWeights(source, denoiser, cpu);
      const numbers = Object.entries(weights).map(([name, tensor]) => [name, [...tensor.dataSync()]] as const);
      tf.dispose(weights);
      return Object.fromEntries(numbers);
    }, names);

  it('are the average where there is one, as it lies in memory', () => {
    expect(weightsOf(checkpoint())).toEqual({
      linear: [6, 5, 4, 3, 2, 1],
      convolution: [1, 2, 3, 4],
      bias: [7, 8, 9],
    });
  });

  it('are the last weights where there is none', () => {
    const { average: _, ...without } = checkpoint();
    expect(weightsOf(without)['linear']).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('are refused with a weight called as what every object has', () => {
    const { average: _, parameters, ...rest } = checkpoint();
    const source = { ...rest, parameters: { ...parameters, constructor: bias } };
    expect(() => weightsOf(source)).toThrow(/1 unexpected \(constructor\)/);
  });

  it.each([
    ['a weight that the network has not', { linear, convolution }, /1 unexpected \(bias\)/],
    ['no weight for one of its own', { ...fitted.parameters, more: bias }, /1 missing \(more\)/],
    ['another shape', { ...fitted.parameters, bias: plain([4], [1, 2, 3, 4]) }, /1 of another shape \(bias\)/],
  ])('are refused with %s, and nothing leaks', (_, names, says) => {
    const before = tf.memory().numTensors;
    expect(() => weightsOf(checkpoint(), names)).toThrow(says);
    expect(() => weightsOf(checkpoint(), names)).toThrow(/RXD_PARAMETERS_MISMATCH/);
    expect(tf.memory().numTensors).toBe(before);
  });
});
