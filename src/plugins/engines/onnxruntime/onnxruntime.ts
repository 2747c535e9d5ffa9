import { z } from 'zod';
import { MOST, whole } from '../../../core/assembly/config-numbers.js';
import { definePlugin } from '../../../core/assembly/define-plugin.js';
import { Roles } from '../../../core/assembly/roles.js';
import { onnxRuntimeEngine } from './node/engine.js';

const config = z.strictObject({
  provider: z
    .enum(['cpu', 'webgpu', 'cuda'])
    .default('cpu')
    .describe('execution provider of ONNX Runtime; what it cannot do runs on the CPU'),
  threads: whole(MOST.threads).optional().describe('threads of one operation; by default one for each core'),
  layout: z
    .enum(['auto', 'plain'])
    .default('auto')
    .describe('auto: images in blocks of channels where the processor passes a self-test; plain: never'),
});

/**
 * TensorFlow.js code at the speed of ONNX Runtime, in Node: kernels are recorded, compiled once for each structure,
 * and computed in a thread of their own, so that the event loop stays free. Needs the package onnxruntime-node.
 * Source: ONNX Runtime, the package onnxruntime-node. When: speed in Node: the event loop stays free.
 */
export const onnxruntime = definePlugin({
  role: Roles.engine,
  name: 'onnxruntime',
  summary: 'Compiles TensorFlow.js code for ONNX Runtime and computes it in a thread of its own.',
  reference: 'ONNX Runtime, the package onnxruntime-node',
  tags: { runs: 'Node', gradients: true, when: 'speed in Node: the event loop stays free' },
  config,
  create: ({ config: settings }) => onnxRuntimeEngine(settings),
  dispose: (engine) => engine.stop(),
});
