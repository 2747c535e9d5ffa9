import type * as tf from '@tensorflow/tfjs';

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
export function refuseWhatHasNoRoom(backend: tf.KernelBackend): tf.KernelBackend {
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
