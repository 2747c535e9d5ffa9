import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attention } from '../../../../../src/core/kernels/attention.js';
import { onnxRuntimeEngine } from '../../../../../src/plugins/engines/onnxruntime/node/engine.js';
import { compared, waves } from '../compared.js';

const engine = onnxRuntimeEngine({ provider: 'cpu', layout: 'plain', threads: 1 });

beforeAll(async () => {
  await tf.setBackend('cpu');
  await engine.start();
});
afterAll(() => engine.stop());

/** Output and gradients of an attention. */
function passes(shapes: readonly (readonly number[])[], heads: number, mostScores: number): readonly number[][] {
  return tf.tidy(() => {
    const inputs = shapes.map((shape, seed) => waves(shape, seed) as tf.Tensor);
    const work = (q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, bias?: tf.Tensor): tf.Tensor =>
      attention(q, k, v, heads, bias === undefined ? { mostScores } : { bias, scale: 0.6, mostScores });
    const output = work(...(inputs as [tf.Tensor, tf.Tensor, tf.Tensor]));
    const slopes = tf.grads((...all) => work(...(all as [tf.Tensor, tf.Tensor, tf.Tensor])))(
      inputs,
      waves(output.shape, 9),
    );
    return [output, ...slopes].map((tensor) => Array.from(tensor.dataSync()));
  });
}

describe('attention of the onnxruntime engine', () => {
  it.each([
    [
      'one head',
      1,
      [
        [2, 5, 6],
        [2, 3, 6],
        [2, 3, 6],
      ],
    ],
    [
      'three heads',
      3,
      [
        [2, 5, 6],
        [2, 3, 6],
        [2, 3, 6],
      ],
    ],
    [
      'one head, a bias of a sample',
      1,
      [
        [2, 5, 6],
        [2, 3, 6],
        [2, 3, 6],
        [2, 1, 1, 3],
      ],
    ],
    [
      'two heads, a bias of a sample',
      2,
      [
        [2, 5, 6],
        [2, 3, 6],
        [2, 3, 6],
        [2, 1, 1, 3],
      ],
    ],
    [
      'one head, a bias of queries',
      1,
      [
        [2, 5, 6],
        [2, 3, 6],
        [2, 3, 6],
        [1, 1, 5, 3],
      ],
    ],
    [
      'two heads, a bias of heads and queries',
      2,
      [
        [2, 5, 6],
        [2, 3, 6],
        [2, 3, 6],
        [1, 2, 5, 3],
      ],
    ],
  ])('%s: agrees with the plain one, whole and in chunks, and its gradients', (_, heads, shapes) => {
    const expected = passes(shapes, heads, 1000);
    for (const mostScores of [1000, 2 * 2 * 3 * heads]) {
      const found = engine.run(() => passes(shapes, heads, mostScores));
      expect(found).toHaveLength(shapes.length + 1);
      compared(found, expected);
    }
  });
});
