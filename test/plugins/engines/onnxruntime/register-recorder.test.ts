import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { embeddingLookupKernel } from '../../../../src/core/kernels/embedding-lookup.js';
import { registerPlain } from '../../../../src/core/kernels/kernel.js';
import { registerRecorder } from '../../../../src/plugins/engines/onnxruntime/recorder/register-recorder.js';

it('a recorder leaves our kernels to their plain versions, also where these ran on the cpu before', () => {
  const name = 'a-recorder-of-a-test';
  registerPlain(embeddingLookupKernel, 'cpu');
  registerRecorder(name);
  expect(tf.getKernel(embeddingLookupKernel.name, name)).toBeUndefined();
  expect(tf.getKernel('Multiply', name)).toBeDefined();
  for (const { kernelName } of tf.getKernelsForBackend(name)) tf.unregisterKernel(kernelName, name);
});
