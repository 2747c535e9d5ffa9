import { DiffusionError } from '../errors/diffusion-error.js';

/** Milliseconds that an asynchronous hook may take; for ever where it is not said. */
export type HookLimit = number | undefined;

/** Whether a value is a promise, or can be waited for like one. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

/** Lets a promise that nobody waits for reject without ending the process. */
export function quietly(promise: PromiseLike<unknown>): void {
  Promise.resolve(promise).catch(() => undefined);
}

/**
 * Throws `RXD_PLUGIN_OUTPUT` where what a synchronous hook gave is a promise, or a record or list that holds one. What the
 * promise rejects with is nobody's then, and must not end the process.
 */
export function refusePromises(given: unknown, hook: string): void {
  if (typeof given !== 'object' || given === null) return;
  const place = promiseIn(given, 2);
  if (place === undefined) return;
  throw new DiffusionError('RXD_PLUGIN_OUTPUT', {
    problem: `\`${hook}\` gave a promise and is called synchronously`,
    got: place === '' ? 'a promise' : `a promise at \`${place}\``,
    expected: 'the result itself',
    fix: `do not make \`${hook}\` async; prepare what takes time in \`create\``,
  });
}

/** The work's result, or `RXD_PLUGIN_TIMEOUT` where it does not come in time. */
export async function within<T>(limit: HookLimit, hook: string, work: PromiseLike<T>): Promise<T> {
  if (limit === undefined) return work;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(timedOut(hook, limit)), limit);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Where a promise is in plain records and lists; all of them are quieted. Getters are not asked. */
function promiseIn(given: object, depth: number): string | undefined {
  if (isPromise(given)) {
    quietly(given);
    return '';
  }
  if (depth === 0 || !isPlain(given)) return undefined;
  let found: string | undefined;
  for (const key of Object.keys(given)) {
    const value: unknown = Object.getOwnPropertyDescriptor(given, key)?.value;
    if (typeof value !== 'object' || value === null) continue;
    const inside = promiseIn(value, depth - 1);
    if (inside !== undefined) found = inside === '' ? key : `${key}.${inside}`;
  }
  return found;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || prototype === Array.prototype;
}

function timedOut(hook: string, limit: number): DiffusionError {
  return new DiffusionError('RXD_PLUGIN_TIMEOUT', {
    problem: `\`${hook}\` did not settle in time`,
    got: `no result after ${limit} ms`,
    expected: 'a result in the time that `hookTimeout` gives',
    fix: 'look for what the plugin waits for; a longer `hookTimeout` gives it more time',
  });
}
