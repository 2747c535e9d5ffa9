import type { z } from 'zod';
import type { CatalogueEntry } from '../core/assembly/catalogue.js';
import { parseRecipe, RECIPE_FORMAT, type Recipe } from '../core/assembly/recipe.js';
import type { PresetOf, SlotsOf } from '../core/assembly/typed-recipe.js';
import type { sampleSettings, trainSettings } from '../core/requests/settings.js';

/** A recipe over the entries of a list: its types know their slots, names, configs and presets. */
export interface RecipeOf<E extends CatalogueEntry> {
  /** The current format where absent. */
  readonly format?: typeof RECIPE_FORMAT;
  /** A preset of the list, which this recipe's own slots and settings override. */
  readonly preset?: PresetOf<E>;
  readonly plugins: SlotsOf<E>;
  readonly train?: z.input<typeof trainSettings>;
  readonly sample?: z.input<typeof sampleSettings>;
}

/**
 * Writes a recipe with the help of the compiler: it completes slots, names of plugins and keys of their configs, those of
 * third parties too, and refuses what the plugins of the list do not know. The result is plain JSON, deeply frozen; the
 * list serves the types alone, and `diffusion` takes it again.
 *
 * A plugin under `@Plugin`, or in a list typed as `CatalogueEntry[]`, hides its name from the compiler: beside such ones
 * only the run checks. A key that has to be given must be, even where a preset gives it: for that write plain JSON.
 *
 * @throws `RXD_RECIPE_INVALID` naming the key at fault, where types were passed over
 *
 * @example
 * const plugins = [...standardPlugins, mySampler];
 * const recipe = defineRecipe(plugins, {
 *   preset: 'ddpm',
 *   plugins: { denoiser: { name: 'mlp', config: { width: 64 } }, sampler: { name: 'ddim', config: { eta: 1 } } },
 * });
 * await using pipeline = await diffusion(recipe, { plugins });
 */
export function defineRecipe<const P extends readonly CatalogueEntry[]>(
  _plugins: P,
  recipe: RecipeOf<P[number]>,
): Recipe {
  return parseRecipe({ format: RECIPE_FORMAT, ...recipe });
}
