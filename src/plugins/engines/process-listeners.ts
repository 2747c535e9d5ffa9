/** The part of Node's `process` that is used here; absent in browsers. */
interface ListeningProcess {
  listeners(event: string): readonly ((...args: unknown[]) => void)[];
  removeListener(event: string, listener: (...args: unknown[]) => void): void;
}

const EVENTS = ['uncaughtException', 'unhandledRejection'];

/**
 * Runs `start` and takes back the process-wide listeners that it added. The wasm module's loader adds two that throw
 * again whatever any part of the program failed to catch, and so would decide for the program that this kills it.
 */
export async function withoutProcessListeners<T>(start: () => Promise<T>): Promise<T> {
  const { process } = globalThis as { readonly process?: ListeningProcess };
  if (typeof process?.listeners !== 'function') return start();
  const before = EVENTS.map((event) => new Set(process.listeners(event)));
  const result = await start();
  EVENTS.forEach((event, index) => {
    const added = process.listeners(event).filter((listener) => !before[index]?.has(listener));
    for (const listener of added.filter(isLoaders)) process.removeListener(event, listener);
  });
  return result;
}

/** Others may have added listeners while we waited; the loader's are known by what they do. */
function isLoaders(listener: (...args: unknown[]) => void): boolean {
  const text = String(listener);
  return text.includes('ExitStatus') || /\{\s*throw reason;?\s*\}/.test(text);
}
