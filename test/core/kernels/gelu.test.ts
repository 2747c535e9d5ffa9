import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, it } from 'vitest';
import { gelu } from '../../../src/core/kernels/gelu.js';
import { onnxruntime } from '../../../src/plugins/engines/onnxruntime/onnxruntime.js';
import { expectClose, expectFiniteDifferences } from './compare.js';

/** What PyTorch 2.15.0 gives in float64 for these. */
const VALUES = [-3, -1, -0.25, 0, 0.5, 2];
const GIVEN = {
  erf: [-0.00404969, -0.15865525, -0.10032341, 0, 0.34573123, 1.95449974],
  tanh: [-0.00363739, -0.15880801, -0.10032465, 0, 0.34571401, 1.95459769],
} as const;

describe.each(['erf', 'tanh'] as const)('gelu by %s', (form) => {
  beforeAll(() => tf.setBackend('cpu'));

  it('is what PyTorch gives', () => {
    const y = tf.tidy(() => gelu(tf.tensor1d(VALUES), form).dataSync()) as Float32Array;
    expectClose(y, Float32Array.from(GIVEN[form]), 1e-6);
  });

  it('agrees with finite differences', () => expectFiniteDifferences((x) => gelu(x, form), [[3, 4]]));

  it('is the same on ONNX Runtime', async () => {
    const engine = await onnxruntime.create({ config: onnxruntime.config.parse({}) });
    await engine.start();
    const y = engine.run(() => tf.tidy(() => gelu(tf.tensor1d(VALUES), form)));
    expectClose(await y.data<'float32'>(), Float32Array.from(GIVEN[form]), 1e-6);
    y.dispose();
    await engine.stop();
  });
});
