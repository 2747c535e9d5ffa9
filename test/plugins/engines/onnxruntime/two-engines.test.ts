import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { onnxRuntimeEngine } from '../../../../src/plugins/engines/onnxruntime/node/engine.js';
import type { Value } from '../../../../src/plugins/engines/onnxruntime/graph/value.js';
import { RecorderBackend } from '../../../../src/plugins/engines/onnxruntime/recorder/recorder-backend.js';
import type { Executor } from '../../../../src/plugins/engines/onnxruntime/runner/executor.js';

const settings = { provider: 'cpu', threads: 1, layout: 'plain' } as const;
const [first, second] = [onnxRuntimeEngine(settings), onnxRuntimeEngine(settings)];

beforeAll(async () => {
  await tf.setBackend('cpu');
  await Promise.all([first.start(), second.start()]);
});
afterAll(() => Promise.all([first.stop(), second.stop()]));

it('clones a tensor of another engine so that the clone outlives it', async () => {
  const x = first.run(() => tf.tidy(() => tf.mul(tf.tensor1d([1, 2]), 2)));
  const clone = second.run(() => x.clone());
  const same = second.run(() => tf.reshape(x, [2]));
  x.dispose();
  expect([...(await clone.data())]).toEqual([2, 4]);
  expect([...(await same.data())]).toEqual([2, 4]);
  tf.dispose([clone, same]);
});

it('lends weights to engines at work side by side, and keeps them when these stop', async () => {
  const weights = first.run(() => tf.tidy(() => tf.mul(tf.ones([2, 2]), 3)));
  const others = [onnxRuntimeEngine(settings), onnxRuntimeEngine(settings)];
  const sums = others.map(async (engine) => {
    await engine.start();
    const twice = engine.compile((w: tf.Tensor) => tf.add(w, w));
    for (let call = 0; call < 3; call++) {
      const sum = twice(weights);
      expect([...(await sum.data())]).toEqual([6, 6, 6, 6]);
      sum.dispose();
    }
    await engine.stop();
  });
  await Promise.all(sums);
  expect([...(await weights.data())]).toEqual([3, 3, 3, 3]);
  weights.dispose();
});

it('gives copies of tensors of other backends up when those are disposed of', () => {
  const release = vi.fn<(values: readonly Value[]) => void>();
  const backend = new RecorderBackend({ release } as unknown as Executor);
  const [x, y] = [tf.tensor1d([1]), tf.tensor1d([2])];
  const copy = backend.resolve(x.dataId);
  expect(backend.resolve(x.dataId)).toBe(copy);
  expect(backend.numDataIds()).toBe(0);
  x.dispose();
  backend.resolve(y.dataId);
  expect(release.mock.calls).toEqual([[[copy]]]);
  expect(() => backend.resolve(x.dataId)).toThrow('disposed of');
  y.dispose();
});
