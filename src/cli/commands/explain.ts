import { catalogue, explain, normalRecipe, sampleSettings, trainSettings } from '../../index.js';
import type { Output } from '../output.js';
import { knownPlugins } from '../own-plugins.js';
import { readRecipeFile } from '../read-recipe.js';
import { withSettings, withSlots, type RecipeOptions } from '../slots.js';

/** `rxdiffusion explain RECIPE`: prints which plugin fills which slot, with what config, and why. Makes nothing. */
export async function explainCommand(
  path: string,
  { json, use = {}, set = [], plugins }: RecipeOptions,
  output: Output,
): Promise<void> {
  const known = catalogue(await knownPlugins(plugins));
  const recipe = withSettings(known, withSlots(await readRecipeFile(path), use), set);
  const settings = { train: trainSettings, sample: sampleSettings };
  output.line(
    json ? JSON.stringify(normalRecipe(known, recipe, settings), undefined, 2) : explain(known, recipe, settings),
  );
}
