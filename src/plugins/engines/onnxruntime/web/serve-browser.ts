import type * as ort from 'onnxruntime-web';
import { Gate } from '../../../../core/threads/gate.js';
import type { Answer, Command, ThreadSettings } from '../runner/protocol.js';
import { serve } from '../runner/serve.js';
import { loadedWeb } from './loaded.js';

/** What is used of a worker of a browser, from inside. */
interface WorkerScope {
  readonly name: string;
  postMessage(message: Answer, transfer: readonly ArrayBuffer[]): void;
  addEventListener(event: 'message', listener: (message: { readonly data: unknown }) => void): void;
  close(): void;
}

/**
 * The life of a runner's thread that is a worker of a browser. The first message is its settings, the others are commands.
 *
 * @param file - name of the build's WebAssembly
 */
export function serveBrowser(runtime: typeof ort, file: string): void {
  const scope = globalThis as unknown as WorkerScope;
  // In a bundle this is also the file of ONNX Runtime's own threads: importing it is all that they need.
  if (scope.name.startsWith('em-pthread')) return;
  const answer = (message: Answer, transfer: readonly ArrayBuffer[] = []): void => scope.postMessage(message, transfer);
  const close = (): void => {
    answer({ kind: 'ended' });
    scope.close();
  };
  let hear: ((commands: Command[]) => void) | undefined;
  scope.addEventListener('message', ({ data }) => {
    if (hear !== undefined) return hear(data as Command[]);
    const settings = data as ThreadSettings;
    const { wasmPath } = settings;
    if (wasmPath !== undefined) runtime.env.wasm.wasmPaths = { wasm: new URL(file, wasmPath).href };
    hear = serve({ answer, close }, new Gate(undefined), settings, () => Promise.resolve(loadedWeb(runtime, settings)));
  });
}
