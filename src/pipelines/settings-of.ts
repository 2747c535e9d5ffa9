import { z } from 'zod';
import { DiffusionError } from '../core/errors/diffusion-error.js';

/** Settings with their defaults filled in. Throws `RXD_RECIPE_INVALID` that names the setting. */
export function settingsOf<S extends z.ZodType>(settings: unknown, schema: S, what: string): z.output<S> {
  const parsed = schema.safeParse(settings ?? {});
  if (parsed.success) return parsed.data;
  throw new DiffusionError('RXD_RECIPE_INVALID', {
    problem: `the recipe’s \`${what}\` settings are wrong: ${z.prettifyError(parsed.error)}`,
    got: JSON.stringify(settings),
    fix: `correct the keys under \`${what}\``,
    cause: parsed.error,
  });
}
