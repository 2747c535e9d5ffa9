import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import type { Engine } from '../../core/contracts/engine.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { eagerEngine } from './eager.js';
import { wasmFiles } from './wasm-files.js';
import { registerWasmKernels } from './wasm-kernels/register-wasm-kernels.js';

/** What the wasm backend allocates by. */
interface Allocating {
  readonly wasm: { _malloc: (bytes: number) => number };
}

/** Bytes that a 32-bit address reaches. */
const REACH = 2 ** 32;

/**
 * Makes the wasm backend throw where its memory has no room for a tensor. tfjs does not look at what `malloc` answers, and
 * hands it sizes that do not fit into 32 bits: kernels would write over what lies at the address 0, or next to a few bytes.
 */
function refuseWhatHasNoRoom(backend: tf.KernelBackend): tf.KernelBackend {
  const { wasm } = backend as tf.KernelBackend & Allocating;
  let allocate = wasm._malloc;
  const checked = (bytes: number): number => {
    const address = bytes < REACH ? allocate(bytes) : 0;
    if (address === 0) throw new RangeError(`WebAssembly has no room for ${bytes} bytes`);
    return address;
  };
  // Emscripten puts the real function in the place of its first one when that is called.
  Object.defineProperty(wasm, '_malloc', {
    get: () => checked,
    set: (real: typeof allocate) => {
      allocate = real;
    },
  });
  return backend;
}

/** The part of Node's `process` that is used here; absent in browsers. */
interface ListeningProcess {
  listeners(event: string): readonly ((...args: unknown[]) => void)[];
  removeListener(event: string, listener: (...args: unknown[]) => void): void;
}

const EVENTS = ['uncaughtException', 'unhandledRejection'];

/**
 * Runs `start` and takes back the process-wide listeners that it added. The wasm module's loader adds two that throw
 * again whatever any part of the program failed to catch, and so would decide for the program that this kills it.
 */
async function withoutProcessListeners<T>(start: () => Promise<T>): Promise<T> {
  const { process } = globalThis as { readonly process?: ListeningProcess };
  if (typeof process?.listeners !== 'function') return start();
  const before = EVENTS.map((event) => new Set(process.listeners(event)));
  const result = await start();
  EVENTS.forEach((event, index) => {
    const added = process.listeners(event).filter((listener) => !before[index]?.has(listener));
    for (const listener of added.filter(isLoaders)) process.removeListener(event, listener);
  });
  return result;
}

/** Others may have added listeners while we waited; the loader's are known by what they do. */
function isLoaders(listener: (...args: unknown[]) => void): boolean {
  const text = String(listener);
  return text.includes('ExitStatus') || /\{\s*throw reason;?\s*\}/.test(text);
}

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
