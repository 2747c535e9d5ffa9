import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { groupNorm } from '../../../../src/core/kernels/group-norm.js';
import { silu } from '../../../../src/core/kernels/silu.js';
import { NCHWC } from '../../../../src/plugins/engines/onnxruntime/blocked/layout.js';
import { OnnxGraph } from '../../../../src/plugins/engines/onnxruntime/emit/onnx-graph.js';
import { CASES, conv, filterSlope, withGradients, type Shapes } from './blocked-cases.js';
import { compared, waves } from './compared.js';
import { evaluated } from './emulator/evaluate.js';
import { emulated, registerEmulated, type Lowered, type Work } from './emulator/lower.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
  registerEmulated();
});

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

/** Compares with tfjs's cpu backend, relative to the largest number. */
function agrees(work: Work, shapes: Shapes, block: number): Lowered {
  const inputs = shapes.map((shape, index) => waves(shape, index + 1));
  const expected = tf.tidy(() => work(...inputs).map((result) => [...result.dataSync()]));
  const found = emulated(work, inputs, block);
  tf.dispose(inputs);
  compared(found.results, expected);
  return found;
}
