/** What waits for a signal, and the one listener that tells it. */
interface Waiting {
  readonly calls: Set<() => void>;
  readonly listener: () => void;
}

const waiting = new WeakMap<AbortSignal, Waiting>();

/**
 * Calls back once when a signal aborts. A signal has one listener, however many runs wait for it: Node warns of a leak
 * where it has more than ten.
 *
 * @returns what takes the wish back; idempotent
 */
export function onAbort(signal: AbortSignal, call: () => void): () => void {
  const { calls } = waiting.get(signal) ?? listened(signal);
  const once = (): void => call();
  calls.add(once);
  return () => {
    if (calls.delete(once) && calls.size === 0) forget(signal);
  };
}

function listened(signal: AbortSignal): Waiting {
  const calls = new Set<() => void>();
  const listener = (): void => {
    forget(signal);
    for (const call of calls) {
      calls.delete(call);
      call();
    }
  };
  const entry = { calls, listener };
  waiting.set(signal, entry);
  signal.addEventListener('abort', listener, { once: true });
  return entry;
}

function forget(signal: AbortSignal): void {
  const entry = waiting.get(signal);
  if (entry === undefined) return;
  signal.removeEventListener('abort', entry.listener);
  waiting.delete(signal);
}
