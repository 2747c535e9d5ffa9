import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import type { Engine } from '../../core/contracts/engine.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { eagerEngine } from './eager.js';
import { withoutProcessListeners } from './process-listeners.js';
import { wasmFiles } from './wasm-files.js';
import { refuseWhatHasNoRoom } from './wasm-memory.js';
import { registerWasmKernels } from './wasm-kernels/register-wasm-kernels.js';

/**
 * WebAssembly with SIMD through tfjs's wasm backend (XNNPACK), on the calling thread: Node and browsers, nothing to
 * install. Kernels that training needs and tfjs lacks there, or has in a slow form, are registered on start. Source:
 * TensorFlow.js, backend wasm; XNNPACK. When: nothing may be installed: Node and browsers alike.
 */
export const tfjsWasm = definePlugin({
  role: Roles.engine,
  name: 'tfjs-wasm',
  summary: "WebAssembly with SIMD through tfjs's wasm backend (XNNPACK), on the calling thread.",
  reference: 'TensorFlow.js, backend wasm; XNNPACK',
  tags: { runs: 'everywhere', gradients: true, when: 'nothing may be installed: Node and browsers alike' },
  config: z.strictObject({}),
  create: () => wasmEngine(),
  dispose: (engine) => engine.stop(),
});

/**
 * `tfjs-wasm` for pages whose bundler does not find its files: instead of the one among `standardPlugins`. A recipe cannot
 * say from where code is loaded; the page does.
 *
 * @param wasmPath - URL of the folder that holds the three .wasm files of @tensorflow/tfjs-backend-wasm
 * @example
 * const plugins = [...standardPlugins.filter(({ name }) => name !== 'tfjs-wasm'), tfjsWasmFrom('/wasm/')];
 */
export function tfjsWasmFrom(wasmPath: string): typeof tfjsWasm {
  return { ...tfjsWasm, create: () => wasmEngine(wasmPath) };
}

function wasmEngine(wasmPath?: string): Engine {
  return eagerEngine({
    name: 'tfjs-wasm',
    backend: 'wasm',
    probe: () =>
      Promise.resolve(
        !('WebAssembly' in globalThis)
          ? { available: false, detail: 'this platform has no WebAssembly' }
          : { available: true, detail: 'WebAssembly, one thread' },
      ),
    // Not a static import: it would put wasm, still asleep, before cpu for all who use tfjs in the process.
    make: async () => {
      const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
      // Its threads start from the text of a function, which does not survive the minifier of a bundler: they hang.
      tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
      const files = wasmPath ?? (await wasmFiles());
      if (files !== undefined) setWasmPaths(files);
      const made = () => tf.findBackendFactory('wasm')() as Promise<tf.KernelBackend>;
      return refuseWhatHasNoRoom(await withoutProcessListeners(made));
    },
    registerOwnKernels: registerWasmKernels,
  });
}
