import type { SharedGate } from '../../../../core/threads/gate.js';
import type { Answer, Command, ThreadSettings } from './protocol.js';

/** The thread of a runner, seen from the one that asks. */
export interface RunnerThread {
  /** @param transfer - memory that goes over to the thread */
  post(commands: readonly Command[], transfer: readonly ArrayBuffer[]): void;
  /** Registers the receiver of answers, once, before anything is posted. */
  listen(hear: (answer: Answer) => void): void;
  /** Resolves when the thread has ended, with why where it failed. */
  readonly ended: Promise<string | undefined>;
  /** What its native calls pass, where it has such. */
  readonly gate?: SharedGate | undefined;
  /** Keeps the process until the thread has ended. */
  ref(): void;
  /** Lets the process end before the thread has. */
  unref(): void;
}

/** Makes the thread of a runner. */
export type StartThread = (settings: ThreadSettings) => RunnerThread;

/** The other end: what the thread itself has of it. */
export interface ThreadPort {
  answer(message: Answer, transfer?: readonly ArrayBuffer[]): void;
  /** Ends the thread. */
  close(): void;
}

/** Whether this thread may block for another one: a browser's main thread cannot. */
export function mayWait(): boolean {
  if (typeof SharedArrayBuffer === 'undefined') return false;
  const number = new Int32Array(new SharedArrayBuffer(4));
  try {
    Atomics.wait(number, 0, 0, 0);
    return true;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}
