import { Subscription, type Observable } from 'rxjs';
import { aborted } from '../core/errors/aborted.js';
import { DiffusionError } from '../core/errors/diffusion-error.js';
import { formatValue, messageOf } from '../core/errors/format-value.js';
import { readGiven } from '../core/errors/given.js';
import { refuseUnknownKeys } from '../core/assembly/known-keys.js';
import { isRecord } from '../core/requests/read-request.js';

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

/** Options of the calls that give a promise. */
export interface RunOptions {
  /** Cancels the run; the promise then rejects with `RXD_ABORTED`. */
  readonly signal?: AbortSignal | undefined;
}

/** The last value of a run as a promise; what `release` frees if the run is cancelled or fails after it. */
export function lastOf<T>(values: Observable<T>, release: (value: T) => void, options: RunOptions = {}): Promise<T> {
  return new Promise((resolve, reject) => {
    const signal = signalOf(options);
    let last: { readonly value: T } | undefined;
    const subscription = new Subscription();
    let forget = (): void => undefined;
    const fail = (error: unknown): void => {
      forget();
      if (last) release(last.value);
      last = undefined;
      reject(asError(error));
    };
    const abort = (): void => {
      subscription.unsubscribe();
      fail(aborted('the run', signal?.reason));
    };
    if (signal?.aborted) return fail(aborted('the run', signal.reason));
    if (signal) forget = onAbort(signal, abort);
    const running = values.subscribe({
      next: (value) => {
        if (last) release(last.value);
        last = { value };
      },
      error: fail,
      complete: () => {
        forget();
        if (last) resolve(last.value);
        else
          fail(
            new DiffusionError('RXD_ABORTED', {
              problem: 'the run ended without a result',
              fix: 'let it run to its end',
            }),
          );
      },
    });
    subscription.add(running);
  });
}

/** The signal of a call, an option or that of a controller. Throws `RXD_REQUEST_INVALID` for other options. */
function signalOf(options: unknown): AbortSignal | undefined {
  const signal = readGiven('`signal` of the options of the call cannot be read', () => {
    if (!isRecord(options)) return null;
    refuseUnknownKeys(options, ['signal'], 'the options of the call', 'RXD_REQUEST_INVALID');
    return options['signal'];
  });
  if (signal === undefined || signal instanceof AbortSignal) return signal;
  throw new DiffusionError('RXD_REQUEST_INVALID', {
    problem: 'the options of the call hold no AbortSignal',
    got: formatValue(options),
    expected: '{ signal: AbortSignal }, or nothing',
    fix: 'give `signal` of an AbortController',
  });
}

/** What a run failed with, as an error: a promise that rejects with anything else hides where it came from. */
function asError(error: unknown): Error {
  try {
    if (error instanceof Error) return error;
  } catch {
    // A proxy that refuses to say what it is.
  }
  return new Error(messageOf(error), { cause: error });
}
