/**
 * A LoRA over the folder of a pipeline of diffusers, whose scale an observable moves while it samples:
 * `npx tsx examples/live-lora.ts FOLDER style.safetensors 'a cat' cat.png`.
 */
import { writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { BehaviorSubject, concatMap, lastValueFrom, tap } from 'rxjs';
import { diffusion, results, type Slots } from 'rxdiffusion';
import { readLora, readPipeline } from 'rxdiffusion/diffusers';
import { encodePng, toPixels } from 'rxdiffusion/images';
import { nodePlugins, openFile, readFolder } from 'rxdiffusion/node';

/** The picture of a prompt as a PNG file, and the scale in each step: from 0 up to 1, without compiling anything again. */
export async function liveLora(folder: string, file: string, prompt: string, steps = 20, use: Slots = {}) {
  await using model = await readPipeline(readFolder(folder), { steps });
  await using style = await readLora(await openFile(file), model, { label: 'style' });
  const recipe = { ...style.recipe, plugins: { ...style.recipe.plugins, ...use } };
  const plugins = [...nodePlugins, ...model.plugins];
  await using pipeline = await diffusion(recipe, { plugins, weights: style.weights });
  const scale$ = new BehaviorSubject(0);
  const scales: number[] = [];
  const picture$ = pipeline.sample.events({ condition: prompt, seed: 7, live: style.live(scale$) }).pipe(
    tap((event) => {
      if (event.kind !== 'step') return;
      scales.push(Number(event.live['adapter:style.scale']));
      scale$.next((event.index + 1) / Math.max(1, steps - 1));
    }),
    results(),
    concatMap((result) => {
      using held = result;
      return encodePng(toPixels(held.images()));
    }),
  );
  return { picture: await lastValueFrom(picture$), scales };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [folder = 'model', file = 'style.safetensors', prompt = 'a cat', out = 'cat.png'] = process.argv.slice(2);
  const { scales, picture } = await liveLora(folder, file, prompt);
  await writeFile(out, picture);
  console.log(`${out}: scales ${scales.map((scale) => scale.toFixed(2)).join(', ')}`);
}
