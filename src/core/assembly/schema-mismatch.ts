import { z } from 'zod';
import type { DiffusionErrorDetails } from '../errors/diffusion-error.js';
import { didYouMean, listed } from './nearest-name.js';

/** What an error says of settings that do not fit their schema: each issue, the known keys, the nearest spelling. */
export function schemaMismatch(
  where: string,
  got: unknown,
  schema: z.ZodType,
  error: z.ZodError,
): DiffusionErrorDetails {
  const known = knownKeys(schema);
  const guesses = unrecognised(error).map((key) => didYouMean(key, known ?? []));
  return {
    problem: `${where} does not fit:\n${z.prettifyError(error)}`,
    got: JSON.stringify(got),
    ...(known === undefined ? {} : { expected: `known keys: ${listed(known)}` }),
    fix: `${guesses.join('')}correct what is named above`,
  };
}

function unrecognised(error: z.ZodError): readonly string[] {
  const atTop = error.issues.filter((issue) => issue.path.length === 0);
  return atTop.flatMap((issue) => (issue.code === 'unrecognized_keys' ? issue.keys : []));
}

/** Keys of an object schema; asked by shape, because a plugin may bring a zod of its own. */
function knownKeys(schema: z.ZodType): readonly string[] | undefined {
  return 'shape' in schema ? Object.keys(schema.shape as object) : undefined;
}
