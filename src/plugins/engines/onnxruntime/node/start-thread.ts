import { isEndedInOrder } from '../../../../core/threads/orderly.js';
import { takeGate } from '../../../../core/threads/native-threads.js';
import { nodeThread, startWorker } from '../runner/node-thread.js';
import type { ThreadSettings } from '../runner/protocol.js';
import type { RunnerThread } from '../runner/thread.js';

/**
 * Starts the thread that computes. A thread that is ended inside native code takes the process with it, so where this one may
 * be ended from outside, a process computes.
 */
export function startThread(settings: ThreadSettings): RunnerThread {
  if (!isEndedInOrder()) return nodeThread(startWorker('node/relay-worker', settings));
  const gate = takeGate();
  return nodeThread(startWorker('node/worker', { ...settings, gate }), gate);
}
