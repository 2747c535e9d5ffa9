import { Observable, type Subscription } from 'rxjs';
import type { Store } from '../../core/contracts/store.js';
import { blame } from '../../core/errors/blame.js';
import type { DiffusionError } from '../../core/errors/diffusion-error.js';
import { identityOf } from '../../core/assembly/plugin-identity.js';

/** Runs of this process that were cancelled and still write, or give their store back: the next one waits for them. */
const ending = new WeakMap<Store, Promise<unknown>>();

/**
 * Work while a store is locked for it. The store is given back before the work is seen to end; where it is cancelled, as
 * soon as what it still writes is written.
 *
 * @param idle - what it still writes
 */
export function locked<T>(
  store: Store | undefined,
  work: () => Observable<T>,
  idle: () => Promise<unknown>,
): Observable<T> {
  if (store?.lock === undefined) return work();
  return new Observable<T>((subscriber) => {
    let running: Subscription | undefined;
    let giving: Promise<void> | undefined;
    const taking = take(store);
    const give = (): Promise<void> => (giving ??= taking.then((back) => idle().then(back)));
    let isTold = false;
    const fail = (error: unknown): void => {
      isTold = true;
      subscriber.error(blamed(error, store));
    };
    const after = (last: () => void, failed: (error: unknown) => void = last): void => void give().then(last, failed);
    const begin = (): void => {
      if (subscriber.closed) return;
      running = work().subscribe({
        next: (value) => subscriber.next(value),
        // What ended the run is told, whatever else fails after it.
        error: (error: unknown) => after(() => subscriber.error(error)),
        complete: () => after(() => subscriber.complete(), fail),
      });
    };
    taking.then(begin, fail);
    return () => {
      const isCancelled = giving === undefined && !isTold;
      running?.unsubscribe();
      const given = give().catch((error: unknown) => {
        if (isCancelled) console.warn(blamed(error, store).message);
      });
      ending.set(store, given);
    };
  });
}

async function take(store: Store): Promise<() => Promise<void>> {
  await ending.get(store);
  const release = await store.lock?.();
  return async () => release?.();
}

const blamed = (error: unknown, store: Store): DiffusionError => blame(error, identityOf(store, 'store'));
