import { z } from 'zod';
import { MOST, whole } from '../../../core/assembly/config-numbers.js';
import { definePlugin, type PluginNotes } from '../../../core/assembly/define-plugin.js';
import { Roles } from '../../../core/assembly/roles.js';
import type { OnnxRuntimeEngine } from './engine.js';
import { onnxRuntimeWebEngine } from './web/engine.js';

const config = z.strictObject({
  provider: z
    .enum(['wasm', 'webgpu'])
    .default('wasm')
    .describe('wasm: WebAssembly; webgpu: the GPU, in browsers that have WebGPU'),
  threads: whole(MOST.threads)
    .optional()
    .describe('threads of one operation; more than 1 only in Node and on pages that are cross-origin isolated'),
});

const notes: PluginNotes = {
  summary: 'Compiles TensorFlow.js code for ONNX Runtime and computes it in a worker of a page.',
  reference: 'ONNX Runtime Web, the package onnxruntime-web',
  tags: { runs: 'browser', gradients: true, when: 'a page should stay responsive while it computes' },
};

/**
 * TensorFlow.js code by ONNX Runtime in browsers: kernels are recorded, compiled once for each structure, and computed
 * in a worker, so that the page stays responsive. On a page, values can only be read by `await tensor.data()`. Needs
 * the package onnxruntime-web. Source: ONNX Runtime Web, the package onnxruntime-web. When: a page should stay
 * responsive while it computes.
 */
export const onnxruntimeWeb = definePlugin({
  role: Roles.engine,
  name: 'onnxruntime-web',
  ...notes,
  config,
  create: ({ config: settings }) => onnxRuntimeWebEngine(settings),
  dispose: (engine) => engine.stop(),
});

/**
 * `onnxruntime-web` for pages whose bundler does not find its files: instead of `onnxruntimeWeb`. A recipe cannot say from
 * where code is loaded; the page does.
 *
 * @param wasmPath - URL of the folder that holds the .wasm files of onnxruntime-web
 */
export function onnxruntimeWebFrom(wasmPath: string) {
  const create = ({ config: settings }: { readonly config: z.output<typeof config> }): OnnxRuntimeEngine =>
    onnxRuntimeWebEngine({ ...settings, wasmPath });
  return definePlugin({
    role: Roles.engine,
    name: 'onnxruntime-web',
    ...notes,
    config,
    create,
    dispose: (engine) => engine.stop(),
  });
}
