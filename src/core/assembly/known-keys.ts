import { DiffusionError } from '../errors/diffusion-error.js';
import type { ErrorCode } from '../errors/error-codes.js';
import { didYouMean, listed } from './nearest-name.js';

/** Throws `code` for the first own key of a value that is not known, with the nearest known name. */
export function refuseUnknownKeys(value: object, known: readonly string[], what: string, code: ErrorCode): void {
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  throw new DiffusionError(code, {
    problem: `${what} has an unknown key '${unknown}'`,
    got: listed(Object.keys(value)),
    expected: `known keys: ${known.join(', ')}`,
    fix: `${didYouMean(unknown, known)}correct or remove it`,
  });
}
