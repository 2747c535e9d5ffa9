import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { groupNorm } from '../../../../src/core/kernels/group-norm.js';
import { silu } from '../../../../src/core/kernels/silu.js';
import { upsampleNearest2x } from '../../../../src/core/kernels/upsample-nearest-2x.js';
import { NCHWC } from '../../../../src/plugins/engines/onnxruntime/blocked/layout.js';
import { OnnxGraph } from '../../../../src/plugins/engines/onnxruntime/emit/onnx-graph.js';
import { evaluated } from './emulator/evaluate.js';
import { emulated, registerEmulated, type Lowered, type Work } from './emulator/lower.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
  registerEmulated();
});

type Shapes = readonly (readonly number[])[];

/** A function of images, and the shapes of its inputs for blocks of `b` channels. */
interface Case {
  readonly work: (...inputs: tf.Tensor4D[]) => tf.Tensor;
  readonly shapes: (b: number) => Shapes;
  /** The first input is not asked for a gradient, as images that enter a network are not. */
  readonly isFirst?: true;
}

const conv = (strides: number, pad: 'same' | 'valid' | number = 'same'): Case['work'] => {
  return (x, w, bias, addend) => {
    const sums = tf.conv2d(x, w, strides, pad, 'NHWC', 1, typeof pad === 'number' ? 'floor' : undefined);
    const shifted = bias === undefined ? sums : tf.add(sums, bias);
    return addend === undefined ? shifted : tf.add(shifted, addend);
  };
};

const CASES: Readonly<Record<string, Case>> = {
  'a convolution, 3x3': {
    work: conv(1),
    shapes: (b) => [
      [2, 4, 4, 2 * b],
      [3, 3, 2 * b, b],
    ],
  },
  'a convolution, 3x3, in steps of two': {
    work: conv(2),
    shapes: (b) => [
      [1, 6, 4, b],
      [3, 3, b, 2 * b],
    ],
  },
  'a convolution, 3x3, in steps of two, padded by one': {
    work: conv(2, 1),
    shapes: (b) => [
      [1, 6, 6, b],
      [3, 3, b, b],
    ],
  },
  'a convolution over a map of odd sides': {
    work: conv(2),
    shapes: (b) => [
      [1, 5, 7, b],
      [3, 3, b, b],
    ],
  },
  'a pointwise convolution': {
    work: conv(1),
    shapes: (b) => [
      [2, 4, 6, 2 * b],
      [1, 1, 2 * b, b],
    ],
  },
  'a pointwise convolution in steps of two over a map of odd sides': {
    work: conv(2),
    shapes: (b) => [
      [1, 5, 5, b],
      [1, 1, b, b],
    ],
  },
  'a convolution without padding': {
    work: conv(1, 'valid'),
    shapes: (b) => [
      [1, 5, 6, b],
      [3, 3, b, b],
    ],
  },
  'a convolution with a bias': { work: conv(1), shapes: (b) => [[1, 3, 3, b], [3, 3, b, 2 * b], [2 * b]] },
  'a convolution with a bias and an image that is added': {
    work: conv(1),
    shapes: (b) => [[1, 3, 4, b], [3, 3, b, 2 * b], [2 * b], [1, 3, 4, 2 * b]],
  },
  'a convolution of one channel': {
    isFirst: true,
    work: conv(1),
    shapes: (b) => [
      [2, 4, 4, 1],
      [3, 3, 1, b],
    ],
  },
  'a convolution of three channels': {
    isFirst: true,
    work: conv(1),
    shapes: (b) => [[2, 4, 4, 3], [3, 3, 3, 2 * b], [2 * b]],
  },
  'a group norm': {
    work: (x, scale, bias) => groupNorm(x, scale, bias, 4, 1e-5),
    shapes: (b) => [[2, 3, 5, 2 * b], [2 * b], [2 * b]],
  },
  'a group norm and SiLU after a convolution': {
    work: (x, w, scale, bias) => silu(groupNorm(conv(1)(x, w), scale, bias, 2, 1e-5)),
    shapes: (b) => [[2, 3, 3, b], [3, 3, b, b], [b], [b]],
  },
  'twice the sides': {
    work: (x, w) => upsampleNearest2x(conv(1)(x, w) as tf.Tensor4D),
    shapes: (b) => [
      [2, 2, 3, b],
      [1, 1, b, 2 * b],
    ],
  },
  'channels joined': {
    work: (x, w, y) => tf.concat([conv(1)(x, w), y], 3),
    shapes: (b) => [
      [2, 3, 4, b],
      [1, 1, b, 2 * b],
      [2, 3, 4, b],
    ],
  },
  'channels cut apart': {
    work: (x, w) => {
      const [a, c] = tf.split(conv(1)(x, w), 2, 3) as [tf.Tensor, tf.Tensor];
      return tf.sub(tf.mul(a, 2), silu(c));
    },
    shapes: (b) => [
      [2, 3, 4, b],
      [1, 1, b, 2 * b],
    ],
  },
  'rows and columns around an image': {
    work: (x, w) =>
      tf.pad(
        conv(1)(x, w),
        [
          [0, 0],
          [1, 2],
          [0, 1],
          [0, 0],
        ],
        0.5,
      ),
    shapes: (b) => [
      [2, 3, 2, b],
      [1, 1, b, 2 * b],
    ],
  },
  'numbers for each channel, and for each channel of a sample': {
    work: (x, w, scale, shift) => tf.add(tf.mul(silu(conv(1)(x, w)), scale), shift),
    shapes: (b) => [[2, 3, 3, b], [1, 1, b, 2 * b], [2 * b], [2, 1, 1, 2 * b]],
  },
  'sums over pixels': {
    work: (x, w) => tf.sum(conv(1)(x, w), [1, 2]),
    shapes: (b) => [
      [2, 3, 5, b],
      [1, 1, b, 2 * b],
    ],
  },
  'sums over pixels and samples': {
    work: (x, w) => tf.sum(conv(1)(x, w), [0, 1, 2]),
    shapes: (b) => [
      [2, 3, 5, b],
      [1, 1, b, 2 * b],
    ],
  },
  'sums over everything': {
    work: (x, w) => tf.sum(tf.square(conv(1)(x, w))),
    shapes: (b) => [
      [2, 3, 5, b],
      [1, 1, b, 2 * b],
    ],
  },
};

describe.each([8, 16])('lowerings over blocks of %d channels', (block) => {
  it.each(Object.entries(CASES))('%s, and its gradients', (_, { work, shapes, isFirst }) => {
    const { blockedOperators } = agrees(withGradients(work, isFirst === true ? 1 : 0), shapes(block), block);
    expect(blockedOperators).toContain('Conv');
  });

  it.each([1, 2, 4, 16, 32])('the gradient of weights for a batch of %d', (batch) => {
    // A batch that fills no blocks is cut into bands of rows.
    const height = batch % block === 0 ? 3 : 16;
    const shapes = [
      [batch, height, 3, block],
      [3, 3, block, 2 * block],
    ];
    const { blockedOperators } = agrees(filterSlope(1), [...shapes, [batch, height, 3, 2 * block]], block);
    expect(blockedOperators).toContain('Conv');
  });

  it.each([2, 32])('the gradient of weights in steps of two for a batch of %d', (batch) => {
    const { blockedOperators } = agrees(
      filterSlope(2),
      [
        [batch, 16, 4, block],
        [3, 3, block, block],
        [batch, 8, 2, block],
      ],
      block,
    );
    expect(blockedOperators).toContain('Conv');
  });

  it('the gradient of weights from one channel', () => {
    const { blockedOperators } = agrees(
      filterSlope(1),
      [
        [2, 8, 4, 1],
        [3, 3, 1, block],
        [2, 8, 4, block],
      ],
      block,
    );
    expect(blockedOperators).toContain('Conv');
  });

  it('weights, moments and averages in the order of weights, their step and their sum', () => {
    const step: Work = (x, w, moment) => {
      const loss = (weights: tf.Tensor): tf.Tensor => tf.sum(tf.square(conv(1)(x, weights as tf.Tensor4D)));
      const slope = tf.grad(loss)(w);
      const next = tf.add(tf.mul(moment, 0.9), slope);
      return [tf.sub(w, tf.mul(next, 0.01)), next, tf.sum(tf.square(next))];
    };
    agrees(
      step,
      [
        [block, 3, 3, 2 * block],
        [3, 3, 2 * block, block],
        [3, 3, 2 * block, block],
      ],
      block,
    );
  });

  it('weights that are read row by row', () => {
    const work: Work = (x, w) => [conv(1)(x, w), tf.transpose(w, [3, 0, 2, 1])];
    agrees(
      work,
      [
        [1, 3, 3, 2 * block],
        [3, 3, 2 * block, block],
      ],
      block,
    );
  });
});

describe('channels that do not fill blocks', () => {
  it.each([
    ['12 to 16 in blocks of 8', 8, 12, 16],
    ['12 to 12 in blocks of 8', 8, 12, 12],
    ['24 to 24 in blocks of 16', 16, 24, 24],
    ['24 to 16 in blocks of 16', 16, 24, 16],
  ])('%s are convolved row by row', (_, block, inputs, outputs) => {
    const work: Work = (x, w, bias) => [conv(1)(x, w, bias)];
    const { blockedOperators } = agrees(work, [[2, 4, 3, inputs], [3, 3, inputs, outputs], [outputs]], block);
    expect(blockedOperators).not.toContain('Conv');
  });

  it.each([
    ['12 in blocks of 8', 8, 12],
    ['24 in blocks of 16', 16, 24],
  ])('%s are normalized row by row', (_, block, channels) => {
    const work: Work = (x, scale, bias) => [silu(groupNorm(x, scale, bias, 4, 1e-5))];
    const { blockedOperators } = agrees(work, [[2, 4, 3, channels], [channels], [channels]], block);
    expect(blockedOperators).toEqual([]);
  });
});

describe('the emulator', () => {
  it.each([12, 24])('refuses %d channels in blocks of 16, as ONNX Runtime does', (channels) => {
    const graph = new OnnxGraph();
    const x = graph.input('float32', [1, channels, 1, 1]);
    graph.output(graph.node('GlobalAveragePool', [x], {}, NCHWC), 'float32', [1, channels, 1, 1]);
    expect(() => evaluated(graph, 16, [new Float32Array(channels)])).toThrow('do not fill blocks');
  });
});

/** The gradient of a convolution for its weights. Inputs: x, weights, slopes. */
function filterSlope(strides: number): Work {
  return (x, w, dy) => [tf.grad((weights) => conv(strides)(x, weights as tf.Tensor4D))(w, dy)];
}

/** A function's result, and its gradients for its inputs from one on. */
function withGradients(work: Case['work'], from: number): Work {
  return (...inputs) => {
    const before = inputs.slice(0, from);
    const loss = (...given: tf.Tensor[]): tf.Tensor => tf.sum(tf.sin(work(...before, ...(given as tf.Tensor4D[]))));
    return [work(...inputs), ...tf.grads(loss)(inputs.slice(from))];
  };
}

/** Compares with tfjs's cpu backend, relative to the largest number. */
function agrees(work: Work, shapes: Shapes, block: number): Lowered {
  const inputs = shapes.map((shape, index) => waves(shape, index + 1));
  const expected = tf.tidy(() => work(...inputs).map((result) => [...result.dataSync()]));
  const found = emulated(work, inputs, block);
  tf.dispose(inputs);
  expected.forEach((numbers, index) => {
    const largest = Math.max(...numbers.map(Math.abs), 1e-3);
    const results = found.results[index] ?? [];
    expect(results).toHaveLength(numbers.length);
    const worst = Math.max(...numbers.map((x, at) => Math.abs(x - (results[at] ?? NaN)) / largest));
    expect(worst).toBeLessThan(2e-5);
  });
  return found;
}

/** Numbers without a pattern that a wrong order could keep. */
function waves(shape: readonly number[], seed: number): tf.Tensor4D {
  const size = shape.reduce((product, side) => product * side, 1);
  const numbers = Float32Array.from({ length: size }, (_, at) => Math.sin((at + seed) * (at + seed) * 0.7) / 2);
  return tf.tensor<tf.Rank.R4>(numbers, [...shape] as [number, number, number, number]);
}
