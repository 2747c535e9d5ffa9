/** Resolves in a later turn of the event loop, so that timers, input and `takeUntil` get their turn. */
export const macrotask: () => Promise<void> =
  typeof setImmediate === 'function'
    ? () => new Promise((resolve) => void setImmediate(resolve))
    : () => new Promise((resolve) => void setTimeout(resolve, 0));
