import { Subscription, type Observable } from 'rxjs';
import { DiffusionError } from '../core/errors/diffusion-error.js';

/** Options of the promise doors. */
export interface DoorOptions {
  /** Cancels the run; the promise then rejects with `RXD_ABORTED`. */
  readonly signal?: AbortSignal | undefined;
}

/** The last value of a run as a promise; what `release` frees if the run is cancelled or fails after it. */
export function lastOf<T>(
  values: Observable<T>,
  release: (value: T) => void,
  { signal }: DoorOptions = {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    let last: { readonly value: T } | undefined;
    const subscription = new Subscription();
    const fail = (error: unknown): void => {
      signal?.removeEventListener('abort', abort);
      if (last) release(last.value);
      last = undefined;
      reject(error instanceof Error ? error : new Error(String(error)));
    };
    const abort = (): void => {
      subscription.unsubscribe();
      fail(aborted(signal?.reason));
    };
    if (signal?.aborted) return fail(aborted(signal.reason));
    signal?.addEventListener('abort', abort, { once: true });
    const running = values.subscribe({
      next: (value) => {
        if (last) release(last.value);
        last = { value };
      },
      error: fail,
      complete: () => {
        signal?.removeEventListener('abort', abort);
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
    got: String(reason),
    fix: 'nothing to do if that was intended; everything that the run held is freed',
    cause: reason,
  });
}
