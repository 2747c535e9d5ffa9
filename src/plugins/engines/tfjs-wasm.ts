import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { definePlugin } from '../../core/plugins/define-plugin.js';
import { Roles } from '../../core/plugins/roles.js';
import { eagerEngine } from './eager.js';
import { withoutProcessListeners } from './process-listeners.js';
import { wasmFiles } from './wasm-files.js';
import { refuseWhatHasNoRoom } from './wasm-memory.js';
import { registerWasmKernels } from './wasm-kernels/register-wasm-kernels.js';

const config = z.strictObject({
  wasmPath: z
    .string()
    .optional()
    .describe(
      'Browser: URL of the folder that holds the three .wasm files of @tensorflow/tfjs-backend-wasm; Node needs none',
    ),
});

/**
 * WebAssembly with SIMD through tfjs's wasm backend (XNNPACK), on the calling thread: Node and browsers, nothing to
 * install. Kernels that training needs and tfjs lacks there, or has in a slow form, are registered on start.
 */
export const tfjsWasm = definePlugin({
  role: Roles.engine,
  name: 'tfjs-wasm',
  config,
  create: ({ config: { wasmPath } }) =>
    eagerEngine({
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
    }),
  dispose: (engine) => engine.stop(),
});
