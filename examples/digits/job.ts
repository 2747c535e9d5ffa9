import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { firstValueFrom, tap, toArray, type Observable } from 'rxjs';
import {
  checkpointWeights,
  diffusion,
  encodeGif,
  encodePng,
  lineChart,
  loadNewest,
  preview,
  Roles,
  type Diffusion,
  type FloatImages,
} from 'rxdiffusion';
import { nodePlugins } from 'rxdiffusion/node';
import { framesOf, sheetOf, stripOf } from './pictures.js';
import { digitsRecipe, type DigitsSettings } from './recipe.js';

/** What the job wrote, and what there is to see. */
export interface Written {
  readonly path: string;
  readonly what: string;
}

/**
 * Trains on the handwritten digits, samples ten of each with guidance, and leaves pictures, checkpoint and recipe.
 *
 * @param stop$ - its first value ends the training early; the pictures are then made with what has been learned
 */
export async function digitsJob(settings: DigitsSettings, stop$?: Observable<unknown>): Promise<readonly Written[]> {
  await mkdir(settings.out, { recursive: true });
  await using pipeline = await diffusion(digitsRecipe(settings), { plugins: nodePlugins });
  const losses = await trained(pipeline, stop$);
  const { name, frames } = await sampled(pipeline);
  const last = frames.at(-1) as FloatImages;
  const loss = lineChart([{ name: 'loss', y: losses }], { title: 'loss', xLabel: 'update', yScale: 'log' });
  const write = async (file: string, what: string, bytes: Uint8Array | string): Promise<Written> => {
    const path = join(settings.out, file);
    await writeFile(path, bytes);
    return { path, what };
  };
  return [
    await write(
      'digits.png',
      'ten samples of each digit: row 0 asks for 0, row 9 for 9',
      await encodePng(await sheetOf(pipeline, last)),
    ),
    await write(
      'denoising.gif',
      'the same hundred samples as they come out of the noise',
      encodeGif(await framesOf(pipeline, frames), { fps: 8, holdLast: 2, loop: true }),
    ),
    await write(
      'denoising.png',
      'one sample of each digit, from noise (left) to digit (right)',
      await encodePng(await stripOf(pipeline, frames)),
    ),
    await write('loss.png', 'the loss of every update, raw and smoothed', await encodePng(loss)),
    await write(
      'recipe.json',
      'the pipeline as data: try `npx rxdiffusion explain out/recipe.json`',
      JSON.stringify(pipeline.assembly.recipe, undefined, 2),
    ),
    {
      path: join(settings.out, name),
      what: 'weights, their average and the optimiser: sampling and training go on from it',
    },
  ];
}

async function trained(pipeline: Diffusion, stop$: Observable<unknown> | undefined): Promise<readonly number[]> {
  const losses: number[] = [];
  const events = pipeline.train.events(stop$ ? { stop$ } : {});
  await firstValueFrom(
    events.pipe(
      tap((event) => event.kind === 'step' && losses.push(event.loss)),
      toArray(),
    ),
  );
  return losses;
}

/** The estimates of the clean samples along one run of a hundred: every fifth step. */
async function sampled({ assembly, sample }: Diffusion) {
  const newest = await loadNewest(assembly.get(Roles.store));
  if (newest === undefined) throw new Error('training left no checkpoint');
  const parameters = checkpointWeights(newest.checkpoint, assembly.get(Roles.denoiser), assembly.get(Roles.engine));
  const condition = Array.from({ length: 100 }, (_, k) => Math.floor(k / 10));
  const previews = await firstValueFrom(
    sample.events({ count: 100, seed: 7, condition, parameters }).pipe(preview({ every: 5 }), toArray()),
  );
  for (const tensor of Object.values(parameters)) tensor.dispose();
  return { name: newest.name, frames: previews.map(({ images }) => images) };
}
