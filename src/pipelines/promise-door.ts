import { Subscription, type Observable } from 'rxjs';
import { z } from 'zod';
import { DiffusionError } from '../core/errors/diffusion-error.js';
import { formatValue, messageOf } from '../core/errors/format-value.js';
import { onAbort } from './on-abort.js';
import { readRequest } from './read-request.js';

/** Options of the promise doors. */
export interface DoorOptions {
  /** Cancels the run; the promise then rejects with `RXD_ABORTED`. */
  readonly signal?: AbortSignal | undefined;
}

const doorOptions = z.strictObject({
  signal: z
    .custom<AbortSignal>((value) => value instanceof EventTarget && 'aborted' in value, 'expected an AbortSignal')
    .optional(),
});

/** The last value of a run as a promise; what `release` frees if the run is cancelled or fails after it. */
export function lastOf<T>(values: Observable<T>, release: (value: T) => void, options: DoorOptions = {}): Promise<T> {
  return new Promise((resolve, reject) => {
    const { signal } = readRequest(options, doorOptions, 'the options of the call');
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
      fail(aborted(signal?.reason));
    };
    if (signal?.aborted) return fail(aborted(signal.reason));
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

function aborted(reason: unknown): DiffusionError {
  return new DiffusionError('RXD_ABORTED', {
    problem: 'the run was cancelled by its AbortSignal',
    got: formatValue(reason),
    fix: 'nothing to do if that was intended; everything that the run held is freed',
    cause: reason,
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
