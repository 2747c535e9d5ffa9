import type { Observable, Subscription } from 'rxjs';
import { readGiven, stopListening } from '../../errors/given.js';
import { streamFailed } from '../../requests/stream-failed.js';
import { readSwap } from './read-swap.js';
import type { Swap } from '../sample-request.js';

/** Collects the parts that are to replace others, until the next step boundary takes them. */
export class LatestSwap {
  #pending: Swap | undefined;
  #failure: { readonly error: unknown } | undefined;
  readonly #subscription: Subscription | undefined;

  constructor(swap$: Observable<Swap> | undefined) {
    this.#subscription = readGiven('`swap$` failed', () =>
      swap$?.subscribe({
        next: (swap) => this.#accept(swap),
        error: (cause: unknown) => (this.#failure = { error: streamFailed('swap$', cause) }),
      }),
    );
  }

  /** What was asked for since the last call. Throws what the stream failed with. */
  take(): Swap | undefined {
    if (this.#failure) throw this.#failure.error;
    const pending = this.#pending;
    this.#pending = undefined;
    return pending;
  }

  #accept(swap: unknown): void {
    try {
      this.#pending = { ...this.#pending, ...readSwap(swap) };
    } catch (error) {
      this.#failure = { error };
    }
  }

  stop(): void {
    stopListening('`swap$`', this.#subscription);
  }
}
