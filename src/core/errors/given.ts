import { DiffusionError } from './diffusion-error.js';
import { kindOf, messageOf } from './format-value.js';

/**
 * What something that a request holds (a getter, a stream, a function) failed with, as an error that names its key; one of
 * ours is left as it is.
 *
 * @param what - the key, and what it did: `` `swap$` failed ``
 */
export function givenFailed(what: string, error: unknown): DiffusionError {
  if (error instanceof DiffusionError) return error;
  return new DiffusionError('RXD_REQUEST_INVALID', {
    problem: `${what}: ${messageOf(error)}`,
    got: kindOf(error),
    expected: 'values, and no error',
    fix: 'look at `cause`',
    cause: error,
  });
}

/** What reading or calling something that a request holds gives. Throws `RXD_REQUEST_INVALID` naming it where that throws. */
export function readGiven<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw givenFailed(what, error);
  }
}

/** Listens no more to something that a request holds. What its teardown throws is a warning: the run is over by then. */
export function stopListening(what: string, subscription: { unsubscribe(): void } | undefined): void {
  try {
    subscription?.unsubscribe();
  } catch (error) {
    console.warn(givenFailed(`${what} failed while it was unsubscribed from`, error).message);
  }
}
