import { nodeThread, startWorker } from '../runner/node-thread.js';
import type { Answer, ThreadSettings } from '../runner/protocol.js';
import type { RunnerThread } from '../runner/thread.js';

/** What is used of a worker of a browser. */
interface BrowserWorker {
  postMessage(message: unknown, transfer: readonly ArrayBuffer[]): void;
  addEventListener(event: 'message', listener: (message: { readonly data: Answer }) => void): void;
  addEventListener(event: 'error', listener: (error: { readonly message?: string }) => void): void;
  terminate(): void;
}
declare const location: { readonly href: string };
declare const Worker: new (url: URL, options: { readonly type: 'module' }) => BrowserWorker;

/** Starts the thread that computes by onnxruntime-web: a worker of the browser, or of Node. */
export function startWebThread(settings: ThreadSettings): RunnerThread {
  if (!('Worker' in globalThis)) return nodeThread(startWorker('web/node-worker', settings));
  // Bundlers find workers by this very form.
  const worker =
    settings.provider === 'webgpu'
      ? new Worker(new URL('./webgpu-worker.js', import.meta.url), { type: 'module' })
      : new Worker(new URL('./wasm-worker.js', import.meta.url), { type: 'module' });
  worker.postMessage({ ...settings, wasmPath: absolute(settings.wasmPath) }, []);
  return browserThread(worker);
}

/** A worker may have another address than the page. */
function absolute(path: string | undefined): string | undefined {
  return path === undefined ? undefined : new URL(path, location.href).href;
}

/** A browser tells of no end: the worker says so itself, and one that failed is ended. */
function browserThread(worker: BrowserWorker): RunnerThread {
  const ended = new Promise<string | undefined>((resolve) => {
    const end = (problem?: string): void => {
      worker.terminate();
      resolve(problem);
    };
    worker.addEventListener('message', ({ data }) => void (data.kind === 'ended' && end()));
    worker.addEventListener('error', ({ message }) => end(message ?? 'its file could not be loaded'));
  });
  return {
    post: (commands, transfer) => worker.postMessage(commands, transfer),
    listen: (hear) => worker.addEventListener('message', ({ data }) => hear(data)),
    ended,
    // A page goes when it is left.
    ref: () => undefined,
    unref: () => undefined,
  };
}
