import { DiffusionError } from '../errors/diffusion-error.js';

/** Milliseconds that work in flight has to come back after a run was cancelled. */
const GRACE_MS = 250;

/**
 * Ends the waits of a run that was cancelled: work in flight may come back by itself; what has not after a while is not
 * waited for, so that a hook that never resolves keeps no tensors alive.
 */
export class Cancellation {
  readonly #waits = new Set<(error: DiffusionError) => void>();
  #cancelled = false;

  /** What the work gives, or `RXD_ABORTED` some time after `cancel` where it does not come back. */
  race<T>(work: PromiseLike<T>): Promise<T> {
    let giveUp: (error: DiffusionError) => void = () => undefined;
    const givenUp = new Promise<never>((_, reject) => (giveUp = reject));
    this.#waits.add(giveUp);
    if (this.#cancelled) this.#giveUpLater();
    return Promise.race([work, givenUp]).finally(() => this.#waits.delete(giveUp));
  }

  /** The run is cancelled. Idempotent. */
  cancel(): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    if (this.#waits.size > 0) this.#giveUpLater();
  }

  #giveUpLater(): void {
    const timer: unknown = setTimeout(() => {
      for (const give of this.#waits) give(cancelled());
      this.#waits.clear();
    }, GRACE_MS);
    if (typeof timer === 'object' && timer !== null && 'unref' in timer) (timer as { unref(): void }).unref();
  }
}

function cancelled(): DiffusionError {
  return new DiffusionError('RXD_ABORTED', {
    problem: 'the run was cancelled and a promise that it waited for did not settle',
    fix: 'nothing to do: what the run held is freed',
  });
}
