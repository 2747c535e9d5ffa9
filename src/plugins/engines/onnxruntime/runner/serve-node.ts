import { parentPort, workerData } from 'node:worker_threads';
import { Gate } from '../../../../core/threads/gate.js';
import type { RunnerSettings, ThreadSettings } from './protocol.js';
import { serve, type Loaded } from './serve.js';

/** The life of a runner's thread that is one of Node: its settings are the thread's data. */
export function serveNode(load: (settings: RunnerSettings) => Promise<Loaded>): void {
  if (parentPort === null) throw new Error('this file runs as a worker thread');
  const port = parentPort;
  const { ended, gate, ...settings } = workerData as ThreadSettings;
  if (ended !== undefined) process.once('exit', () => Atomics.store(new Int32Array(ended), 0, 1));
  const ends = {
    answer: (message: unknown, transfer: readonly ArrayBuffer[] = []) => port.postMessage(message, transfer),
    close: () => port.close(),
  };
  port.on(
    'message',
    serve(ends, new Gate(gate), settings, () => load(settings)),
  );
}
