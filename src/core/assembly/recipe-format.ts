import { DiffusionError } from '../errors/diffusion-error.js';
import type { Settings } from './plain-json.js';

/** The format of recipes that this package writes. Older ones are migrated, newer ones refused. */
export const RECIPE_FORMAT = 1;

/** How a recipe of format `i` becomes one of format `i + 1`. */
const MIGRATIONS: readonly ((old: Settings) => Settings)[] = [nestSlots];

/**
 * Brings a recipe of an older format to the current one; one of the current format is returned as it is.
 *
 * @throws `RXD_FORMAT_VERSION` for a newer format, `RXD_RECIPE_INVALID` where `format` is no format
 */
export function migrateRecipe(recipe: Settings): Settings {
  const format = formatOf(recipe);
  if (format > RECIPE_FORMAT) throw tooNew(format);
  return MIGRATIONS.slice(format).reduce((old, migrate) => migrate(old), recipe);
}

/** Format 0 had no `plugins`: slots stood beside `preset`, `train` and `sample`. */
function nestSlots(old: Settings): Settings {
  const beside = new Set(['preset', 'train', 'sample']);
  const entries = Object.entries(old).filter(([key]) => key !== 'format');
  return {
    format: 1,
    ...Object.fromEntries(entries.filter(([key]) => beside.has(key))),
    plugins: Object.fromEntries(entries.filter(([key]) => !beside.has(key))),
  };
}

function formatOf(recipe: Settings): number {
  const format = recipe['format'] ?? ('plugins' in recipe ? undefined : 0);
  if (typeof format === 'number' && Number.isInteger(format) && format >= 0) return format;
  throw new DiffusionError('RXD_RECIPE_INVALID', {
    problem: format === undefined ? "the recipe's format is missing" : "the recipe's format is not a format number",
    got: JSON.stringify(format) ?? 'no key `format`',
    expected: `format: ${RECIPE_FORMAT}`,
    fix: `write "format": ${RECIPE_FORMAT} at the top of the recipe`,
  });
}

function tooNew(format: number): DiffusionError {
  return new DiffusionError('RXD_FORMAT_VERSION', {
    problem: `the recipe has format ${format}; this version of rxdiffusion reads formats up to ${RECIPE_FORMAT}`,
    got: `format ${format}`,
    expected: `format ${RECIPE_FORMAT} or older`,
    fix: 'update rxdiffusion, or write the recipe again with this version',
  });
}
