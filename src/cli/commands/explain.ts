import { diffusion } from '../../pipelines/diffusion.js';
import { nodePlugins } from '../../pipelines/presets/node-plugins.js';
import type { Output } from '../output.js';
import { readRecipeFile } from '../read-recipe.js';

/** `rxdiffusion explain RECIPE`: prints which plugin fills which slot, with what config, and why. */
export async function explain(
  recipePath: string,
  { json }: { readonly json?: boolean },
  output: Output,
): Promise<void> {
  await using pipeline = await diffusion(await readRecipeFile(recipePath), { plugins: nodePlugins });
  output.line(json ? JSON.stringify(pipeline.assembly.recipe, undefined, 2) : pipeline.explain());
}
