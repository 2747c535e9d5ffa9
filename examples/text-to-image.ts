/**
 * Text to image from a folder of diffusers (Stable Diffusion 1, 2, XL, latent consistency models), with a sampler of this
 * package: `npx tsx examples/text-to-image.ts FOLDER 'a cat' cat.png`.
 */
import { writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { diffusion, type Slots } from 'rxdiffusion';
import { readPipeline } from 'rxdiffusion/diffusers';
import { encodePng } from 'rxdiffusion/images';
import { nodePlugins, readFolder } from 'rxdiffusion/node';

/** The picture of a prompt, as a PNG file. */
export async function textToImage(folder: string, prompt: string, steps = 20, use: Slots = { sampler: 'dpmpp-2m' }) {
  await using model = await readPipeline(readFolder(folder), { steps });
  const recipe = { ...model.recipe, plugins: { ...model.recipe.plugins, ...use } };
  const plugins = [...nodePlugins, ...model.plugins];
  await using pipeline = await diffusion(recipe, { plugins, weights: model.weights });
  const pixels = await pipeline.sample.images({ condition: prompt, seed: 7 });
  if (pixels.kind !== 'pixels') throw new Error('the recipe ends in pixels');
  return encodePng(pixels);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [folder = 'model', prompt = 'a cat', out = 'cat.png'] = process.argv.slice(2);
  await writeFile(out, await textToImage(folder, prompt));
  console.log(out);
}
