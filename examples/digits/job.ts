import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { firstValueFrom, toArray, type Observable } from 'rxjs';
import {
  checkpointWeights,
  decodeCheckpoint,
  diffusion,
  loadDigits,
  preview,
  Roles,
  type Diffusion,
  type FloatImages,
  type LabelledImages,
} from 'rxdiffusion';
import { encodeGif, encodePng, lineChart } from 'rxdiffusion/images';
import { nodePlugins } from 'rxdiffusion/node';
import { qualityOf, type Quality } from './measures.js';
import { framesOf, sheetOf, stripOf } from './pictures.js';
import { digitsRecipe, HELD_OUT, type DigitsSettings } from './recipe.js';

/** A file that the job left, and what there is to see. */
export interface Written {
  readonly path: string;
  readonly what: string;
}

/** A file still to be written. */
interface Finding {
  readonly file: string;
  readonly what: string;
  readonly bytes: Uint8Array | string;
}

/** What training left. */
interface Learned {
  readonly losses: readonly number[];
  /** Name of the last checkpoint in the recipe's store. */
  readonly name: string;
}

/**
 * Trains on the handwritten digits, samples ten of each with guidance, and leaves pictures, checkpoint and recipe.
 *
 * @param stop$ - its first value ends the training early; the pictures are then made with what has been learned
 * @param report - is told what the samples are worth
 */
export async function digitsJob(
  settings: DigitsSettings,
  stop$?: Observable<unknown>,
  report: (quality: Quality) => void = () => undefined,
): Promise<readonly Written[]> {
  const { out } = settings;
  await mkdir(out, { recursive: true });
  await using pipeline = await diffusion(digitsRecipe(settings), { plugins: nodePlugins });
  const { losses, name } = await trained(pipeline, stop$);
  const { moments, samples } = await sampled(pipeline, name);
  report(qualityOf(samples, await digits('train'), await digits('held-out')));
  const findings = [...(await pictures(pipeline, moments)), ...(await charts(losses)), recipeOf(pipeline)];
  for (const { file, bytes } of findings) await writeFile(join(out, file), bytes);
  const weights = { path: join(out, name), what: 'weights, their average and the optimiser, to sample or go on from' };
  return [...findings.map(({ file, what }) => ({ path: join(out, file), what })), weights];
}

async function trained({ train }: Diffusion, stop$: Observable<unknown> | undefined): Promise<Learned> {
  const events = await firstValueFrom(train.events(stop$ ? { stop$ } : {}).pipe(toArray()));
  const saved = events.findLast((event) => event.kind === 'checkpoint');
  if (saved === undefined) throw new Error('training left no checkpoint');
  return { losses: events.flatMap((event) => (event.kind === 'step' ? [event.loss] : [])), name: saved.name };
}

/** What was sampled. */
interface Sampled {
  /** A hundred samples as they come out of the noise: every fifth step. */
  readonly moments: readonly FloatImages[];
  /** They and two hundred more, with the digits that were asked for. */
  readonly samples: LabelledImages;
}

async function sampled({ assembly, sample }: Diffusion, name: string): Promise<Sampled> {
  const checkpoint = await decodeCheckpoint(await assembly.get(Roles.store).read(name), name);
  const parameters = checkpointWeights(checkpoint, assembly.get(Roles.denoiser), assembly.get(Roles.engine));
  const condition = Array.from({ length: 100 }, (_, k) => Math.floor(k / 10));
  const runs: (readonly FloatImages[])[] = [];
  for (const seed of [7, 1007, 2007]) {
    const events = sample.events({ count: 100, seed, condition, parameters });
    const previews = await firstValueFrom(events.pipe(preview({ every: 5, of: 'x' }), toArray()));
    runs.push(previews.map(({ images }) => images));
  }
  for (const tensor of Object.values(parameters)) tensor.dispose();
  const last = runs.map((moments) => [...(moments.at(-1) as FloatImages).data]);
  const labels = Int32Array.from(runs.flatMap(() => condition));
  const samples = { data: Float32Array.from(last.flat()), labels, shape: [labels.length, 8, 8, 1] } as const;
  return { moments: runs[0] ?? [], samples };
}

const digits = (split: 'train' | 'held-out'): Promise<LabelledImages> => loadDigits({ holdOut: HELD_OUT, split });

async function pictures(pipeline: Diffusion, moments: readonly FloatImages[]): Promise<readonly Finding[]> {
  const film = await framesOf(pipeline, moments);
  return [
    {
      file: 'digits.png',
      what: 'ten samples of each digit: row 0 asks for 0, row 9 for 9',
      bytes: await encodePng(await sheetOf(pipeline, moments.at(-1) as FloatImages)),
    },
    {
      file: 'denoising.png',
      what: 'one sample of each digit, from noise (left) to digit (right)',
      bytes: await encodePng(await stripOf(pipeline, moments)),
    },
    {
      file: 'denoising.gif',
      what: 'the hundred samples as they come out of the noise',
      bytes: encodeGif(film, { fps: 8, holdLast: 2, loop: true }),
    },
  ];
}

/** The loss curve; nothing where training was stopped before its first update. */
async function charts(losses: readonly number[]): Promise<readonly Finding[]> {
  if (losses.length === 0) return [];
  const chart = lineChart([{ name: 'loss', y: losses }], { title: 'loss', xLabel: 'update', yScale: 'log' });
  return [{ file: 'loss.png', what: 'the loss of every update, raw and smoothed', bytes: await encodePng(chart) }];
}

function recipeOf({ assembly }: Diffusion): Finding {
  const bytes = `${JSON.stringify(assembly.recipe, undefined, 2)}\n`;
  return { file: 'recipe.json', what: 'the pipeline as data: what `explain` shows and `train` takes', bytes };
}
