import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { cloned } from '../../../src/core/tensors/cloned.js';
import { ownerOf } from '../../../src/core/tensors/owner-of.js';
import { tfjsWasm } from '../../../src/plugins/engines/tfjs-wasm.js';

it('leaves the numbers with their backend, whichever is current', async () => {
  await tf.setBackend('cpu');
  const engine = await tfjsWasm.create({ config: {} });
  await engine.start();
  const x = engine.run(() => tf.tidy(() => tf.mul(tf.tensor1d([1, 2]), 2)));
  expect(tf.getBackend()).toBe('cpu');
  const owner = ownerOf(x.dataId)?.backend;
  const clone = cloned(x);
  expect(owner).toBeDefined();
  expect(ownerOf(clone.dataId)?.backend).toBe(owner);
  x.dispose();
  expect([...clone.dataSync()]).toEqual([2, 4]);
  expect(clone.shape).toEqual([2]);
  clone.dispose();
  expect(() => cloned(x)).toThrow('disposed');
  await engine.stop();
});
