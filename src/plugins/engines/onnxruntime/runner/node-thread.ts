import type { SharedGate } from '../../../../core/threads/gate.js';
import { giveGate } from '../../../../core/threads/native-threads.js';
import type { Answer, ThreadSettings } from './protocol.js';
import type { RunnerThread } from './thread.js';

/** What is used of a worker thread of Node. */
export interface NodeWorker {
  postMessage(message: unknown, transfer: readonly ArrayBuffer[]): void;
  on(event: 'message', listener: (answer: Answer) => void): unknown;
  once(event: 'error', listener: (error: Error) => void): unknown;
  once(event: 'exit', listener: () => void): unknown;
  ref(): void;
  unref(): void;
}

/**
 * What the thread makes beside values is small and short-lived: with as much room as Node gives it would let 50 MB of that
 * gather before it looks.
 */
const resourceLimits = { maxYoungGenerationSizeMb: 4 };

/**
 * What to start as a thread or process of its own: a file, or a script. Published files are JavaScript; in a checkout they are
 * TypeScript, which a script reads by the loader that the checkout's own scripts use.
 *
 * @param file - beside this one's folder, without its ending: `node/worker`
 */
export function entryOf(file: string): URL | string {
  const here = import.meta.url;
  if (!here.endsWith('.ts')) return new URL(`../${file}.js`, here);
  const url = JSON.stringify(new URL(`../${file}.ts`, here).href);
  return `import('tsx/esm/api').then(({ register }) => { register(); return import(${url}); });`;
}

/** Starts a thread of Node by the name of its file. */
export function startWorker(file: string, settings: ThreadSettings): NodeWorker {
  // Not imported: files that browsers load lead here too.
  const { Worker } = process.getBuiltinModule('node:worker_threads');
  const entry = entryOf(file);
  if (typeof entry !== 'string') return new Worker(entry, { workerData: settings, resourceLimits });
  return new Worker(entry, { eval: true, workerData: settings, execArgv: [], resourceLimits });
}

/**
 * A worker thread of Node as the thread of a runner.
 *
 * @param gate - what its native calls pass: it is given back when the thread has ended
 */
export function nodeThread(worker: NodeWorker, gate?: SharedGate): RunnerThread {
  let problem: string | undefined;
  const ended = new Promise<string | undefined>((resolve) => {
    worker.once('error', ({ message }) => void (problem = message));
    worker.once('exit', () => {
      if (gate !== undefined) giveGate(gate);
      resolve(problem);
    });
  });
  return {
    post: (commands, transfer) => worker.postMessage(commands, transfer),
    listen: (hear) => void worker.on('message', hear),
    ended,
    gate,
    ref: () => worker.ref(),
    unref: () => worker.unref(),
  };
}
