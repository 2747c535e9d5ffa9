import * as tf from '@tensorflow/tfjs';

/** What `setWasmPaths` has to be told of. Only one is loaded: the plain one, or that with SIMD. */
const NAMES = ['tfjs-backend-wasm.wasm', 'tfjs-backend-wasm-simd.wasm', 'tfjs-backend-wasm-threaded-simd.wasm'];

/** The first bytes of every WebAssembly file: `\0asm`. */
const MAGIC = [0x00, 0x61, 0x73, 0x6d];

/**
 * URLs of the files of @tensorflow/tfjs-backend-wasm in a browser, as `setWasmPaths` takes them; nothing in Node, where
 * that package finds its own.
 *
 * Bundlers emit a file that is written as `new URL('…', import.meta.url)`. Each stands there twice: as a module, which
 * builds and the development server of Vite up to 7 resolve, and as a neighbour of this package, which that of Vite 8
 * and pages without a bundler resolve. In a build both are one URL; where they differ, the one that has the file counts.
 */
export async function wasmFiles(): Promise<Readonly<Record<string, string>> | undefined> {
  if (tf.env().getBool('IS_NODE')) return undefined;
  const simd = (await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')) === true;
  const url = await (simd
    ? firstThatIsThere(
        new URL('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm', import.meta.url),
        new URL('../../../../@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm', import.meta.url),
      )
    : firstThatIsThere(
        new URL('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm', import.meta.url),
        new URL('../../../../@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm', import.meta.url),
      ));
  return Object.fromEntries(NAMES.map((name) => [name, url.href]));
}

/** The first where neither has the file: the error of the package then names it. */
async function firstThatIsThere(first: URL, second: URL): Promise<URL> {
  if (first.href === second.href || (await isWasm(first))) return first;
  return (await isWasm(second)) ? second : first;
}

/** Servers answer with a page where they have no file, so the first bytes are looked at. */
async function isWasm(url: URL): Promise<boolean> {
  try {
    const { ok, body } = await fetch(url);
    const reader = body?.getReader();
    const { value = new Uint8Array() } = (await reader?.read()) ?? {};
    await reader?.cancel();
    return ok && MAGIC.every((byte, index) => value[index] === byte);
  } catch {
    return false;
  }
}
