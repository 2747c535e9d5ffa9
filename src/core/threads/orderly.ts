let told = false;

/** Said by a thread that this package starts, and ends in order, before it has engines. */
export function endsInOrder(): void {
  told = true;
}

/**
 * Whether this thread ends only when its native calls have come back: the main thread, and threads that this package starts
 * in such a one. Any other thread may be ended from outside at any moment, and is told nothing of it.
 */
export function isEndedInOrder(): boolean {
  return told || process.getBuiltinModule('node:worker_threads').isMainThread;
}
