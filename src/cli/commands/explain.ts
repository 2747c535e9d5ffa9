import { catalogue, explain, normalRecipe, sampleSettings, trainSettings } from '../../index.js';
import { nodePlugins } from '../../node.js';
import type { Output } from '../output.js';
import { readRecipeFile } from '../read-recipe.js';

/** `rxdiffusion explain RECIPE`: prints which plugin fills which slot, with what config, and why. Makes nothing. */
export async function explainCommand(
  path: string,
  { json }: { readonly json?: boolean },
  output: Output,
): Promise<void> {
  const recipe = await readRecipeFile(path);
  const known = catalogue(nodePlugins);
  const settings = { train: trainSettings, sample: sampleSettings };
  output.line(
    json ? JSON.stringify(normalRecipe(known, recipe, settings), undefined, 2) : explain(known, recipe, settings),
  );
}
