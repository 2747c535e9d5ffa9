import { DiffusionError } from '../errors/diffusion-error.js';
import { kindOf, messageOf } from '../errors/format-value.js';

/** The error of a run whose request holds an Observable that failed. */
export function streamFailed(name: string, cause: unknown): DiffusionError {
  return new DiffusionError('RXD_REQUEST_INVALID', {
    problem: `the Observable \`${name}\` of the request failed: ${messageOf(cause)}`,
    got: kindOf(cause),
    expected: 'values, and no error during the run',
    fix: 'catch the error in the Observable (catchError), or look at `cause`',
    cause,
  });
}
