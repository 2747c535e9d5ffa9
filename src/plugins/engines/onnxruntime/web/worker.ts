import type { Answer, Command, RunnerSettings, ThreadSettings } from '../runner/protocol.js';
import { serve, type Loaded } from '../runner/serve.js';
import { loadedWeb } from './loaded.js';

/** What is used of a worker of a browser, from inside. */
interface WorkerScope {
  postMessage(message: Answer, transfer: readonly ArrayBuffer[]): void;
  addEventListener(event: 'message', listener: (message: { readonly data: unknown }) => void): void;
  close(): void;
}

/** The thread of a browser that computes by onnxruntime-web. The first message is its settings, the others are commands. */
const scope = globalThis as unknown as WorkerScope;
const answer = (message: Answer, transfer: readonly ArrayBuffer[] = []): void => scope.postMessage(message, transfer);
const close = (): void => {
  answer({ kind: 'ended' });
  scope.close();
};

let hear: ((commands: readonly Command[]) => void) | undefined;
scope.addEventListener('message', ({ data }) => {
  if (hear !== undefined) return hear(data as readonly Command[]);
  const settings = data as ThreadSettings;
  hear = serve({ answer, close }, settings, () => load(settings));
});

/** Two files of WebAssembly: the one with WebGPU is twice as large. */
async function load(settings: RunnerSettings): Promise<Loaded> {
  const withGpu = settings.provider === 'webgpu';
  const ort = await (withGpu ? import('onnxruntime-web/webgpu') : import('onnxruntime-web/wasm'));
  const file = withGpu ? 'ort-wasm-simd-threaded.asyncify.wasm' : 'ort-wasm-simd-threaded.wasm';
  if (settings.wasmPath !== undefined) ort.env.wasm.wasmPaths = { wasm: new URL(file, settings.wasmPath).href };
  return loadedWeb(ort, settings);
}
