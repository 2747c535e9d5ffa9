import type { z } from 'zod';
import { DiffusionError } from '../errors/diffusion-error.js';
import { schemaMismatch } from './schema-mismatch.js';
import { plainJson, type Settings } from './plain-json.js';

/** The parts of a recipe that pipelines read. */
export interface RecipeSettings {
  readonly train?: Settings;
  readonly sample?: Settings;
}

/** Schemas that `assemble` checks a recipe's settings by, and whose defaults it fills in. */
export interface SettingsSchemas {
  readonly train?: z.ZodType;
  readonly sample?: z.ZodType;
}

/**
 * The settings that a recipe gives a pipeline, checked and with all defaults; those of an empty object where absent.
 *
 * @throws `RXD_RECIPE_INVALID` with the keys that the schema knows
 *
 * @example
 * const { steps, seed } = readSettings(assembly.recipe, 'sample', sampleSettings);
 */
export function readSettings<S extends z.ZodType>(
  recipe: RecipeSettings,
  part: keyof RecipeSettings,
  schema: S,
): z.output<S> {
  const settings = recipe[part] ?? {};
  const parsed = schema.safeParse(settings);
  if (parsed.success) return parsed.data;
  throw new DiffusionError('RXD_RECIPE_INVALID', {
    ...schemaMismatch(`recipe.${part}`, settings, schema, parsed.error),
  });
}

/** Settings as a normalised recipe holds them: checked and filled where there is a schema, absent where they were. */
export function normalSettings(recipe: RecipeSettings, schemas: SettingsSchemas): RecipeSettings {
  const parts = (['train', 'sample'] as const).filter((part) => recipe[part] !== undefined);
  return Object.fromEntries(parts.map((part) => [part, normal(recipe, part, schemas[part])]));
}

function normal(recipe: RecipeSettings, part: keyof RecipeSettings, schema: z.ZodType | undefined): unknown {
  const settings = schema ? readSettings(recipe, part, schema) : recipe[part];
  return plainJson(settings, `recipe.${part}`, (path, problem) => {
    throw new DiffusionError('RXD_RECIPE_INVALID', {
      problem: `${path} ${problem}`,
      expected: 'settings that are plain JSON',
      fix: 'the schema of a pipeline must give JSON',
    });
  });
}
