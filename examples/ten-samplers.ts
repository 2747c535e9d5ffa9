/**
 * Ten samplers on one prompt at a time: one set of weights, ten runs that take turns, a sheet of ten pictures:
 * `npx tsx examples/ten-samplers.ts FOLDER 'a cat' sheet.png`.
 */
import { writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { forkJoin, from, last, lastValueFrom, map, of, switchMap } from 'rxjs';
import { diffusion, pixels, Roles, type Slots } from 'rxdiffusion';
import { readPipeline } from 'rxdiffusion/diffusers';
import { encodePng, tileImages, toPixels } from 'rxdiffusion/images';
import { nodePlugins, readFolder } from 'rxdiffusion/node';

const SOLVERS = ['ddim', 'dpmpp-2m', 'dpmpp-3m', 'deis', 'unipc', 'lms', 'heun', 'dpm2', 'ipndm', 'res-multistep'];

/** A PNG file with a picture of each sampler, in two rows. */
export async function tenSamplers(folder: string, prompt: string, steps = 20, use: Slots = {}) {
  await using model = await readPipeline(readFolder(folder), { steps });
  const recipe = { ...model.recipe, plugins: { ...model.recipe.plugins, ...use } };
  const plugins = [...nodePlugins, ...model.plugins];
  await using pipeline = await diffusion(recipe, { plugins, weights: model.weights });
  const pictures$ = SOLVERS.map((name) =>
    from(pipeline.assembly.make(Roles.sampler, name)).pipe(
      switchMap(({ plugin: sampler }) =>
        pipeline.sample.events({ condition: prompt, seed: 7, swap$: of({ sampler }) }).pipe(pixels(), last()),
      ),
      map(({ images }) => images),
    ),
  );
  const pictures = await lastValueFrom(forkJoin(pictures$));
  const [, height = 1, width = 1, channels = 1] = pictures[0]?.shape ?? [];
  const shape = [pictures.length, height, width, channels] as const;
  const data = Float32Array.from(pictures.flatMap((picture) => [...picture.data]));
  const layout = { columns: 5, gap: 2, background: 1 };
  return encodePng(toPixels(tileImages({ kind: 'float', shape, data }, layout)));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [folder = 'model', prompt = 'a cat', out = 'sheet.png'] = process.argv.slice(2);
  await writeFile(out, await tenSamplers(folder, prompt));
  console.log(out);
}
