import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { graphFor } from '../../../../src/plugins/engines/onnxruntime/blocked/channels-first-graph.js';
import { NCHWC } from '../../../../src/plugins/engines/onnxruntime/blocked/layout.js';
import { onnxRuntimeWebEngine } from '../../../../src/plugins/engines/onnxruntime/web/engine.js';
import { CASES, conv, filterSlope, withGradients } from './blocked-cases.js';
import { compared, waves } from './compared.js';
import type { Work } from './emulator/lower.js';

const engine = onnxRuntimeWebEngine({ provider: 'wasm', threads: 1 });
beforeAll(async () => {
  await tf.setBackend('cpu');
  await engine.start();
});
afterAll(() => engine.stop());

/** Compares with tfjs's cpu backend what the engine gives for work as it is, and for compiled work. */
async function agrees(work: Work, shapes: readonly (readonly number[])[]): Promise<void> {
  const inputs = shapes.map((shape, index) => waves(shape, index + 1));
  const expected = tf.tidy(() => work(...inputs).map((result) => [...result.dataSync()]));
  const compiled = engine.compile((given: readonly tf.Tensor4D[]) => [...work(...given)]);
  const plain = (given: readonly tf.Tensor4D[]) => engine.run(() => tf.tidy(() => [...work(...given)]));
  for (const call of [plain, compiled]) {
    const results = call(inputs);
    compared(await Promise.all(results.map((result) => result.data())), expected);
    tf.dispose(results);
  }
  tf.dispose(inputs);
}

describe('lowerings over blocks of one channel, as onnxruntime-web computes them', () => {
  it('are used', () => expect(engine.report().block).toBe(1));

  it.each(Object.entries(CASES))('%s, and its gradients', (_, { work, shapes, isFirst }) =>
    agrees(withGradients(work, isFirst === true ? 1 : 0), shapes(8)),
  );

  it.each([1, 2])('the gradient of weights in steps of %d', (strides) =>
    agrees(filterSlope(strides), [
      [3, 6, 4, 5],
      [3, 3, 5, 7],
      [3, 6 / strides, 4 / strides, 7],
    ]),
  );

  it('one channel, a number that is added, and one that is multiplied with', () => {
    const work: Work = (x, w) => [tf.add(tf.mul(conv(1)(x, w), 3), 1), tf.sub(tf.scalar(2), conv(1)(x, w))];
    return agrees(work, [
      [2, 4, 4, 3],
      [3, 3, 3, 1],
    ]);
  });
});

it('an operator over blocks that ONNX does not have is refused', () => {
  expect(() => graphFor(1).node('MaxPool', ['x'], {}, NCHWC)).toThrow('MaxPool over blocks');
});
