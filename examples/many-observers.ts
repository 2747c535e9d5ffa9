/**
 * Many observers on one run: a progress bar, a log of JSON lines, a picture now and then, and one that throws.
 *
 * Observers cannot disturb a run: the one that throws is detached and reported once, and not a byte of the samples
 * changes.
 *
 *     npx tsx --conditions=source examples/many-observers.ts
 */
import { fileURLToPath } from 'node:url';
import { lastValueFrom, map } from 'rxjs';
import { definePlugin, diffusion, jsonLines, pixels, progressBar, Roles } from 'rxdiffusion';
import { nodePlugins } from 'rxdiffusion/node';
import type { DiffusionError, Observer } from 'rxdiffusion';
import { z } from 'zod';

/** What a run with observers left. */
export interface Observed {
  readonly samples: Float32Array;
  readonly log: readonly string[];
  readonly reported: readonly DiffusionError[];
}

/** An observer as a plugin, so that a recipe can name it. */
function observer(name: string, make: () => Observer) {
  return definePlugin({ role: Roles.observer, name, config: z.strictObject({}), create: make });
}

/** Samples with as many observers as are named: `bar`, `log`, `broken`. */
export async function observed(engine: string, names: readonly string[]): Promise<Observed> {
  const [log, reported]: [string[], DiffusionError[]] = [[], []];
  const mine = [
    observer('bar', () => progressBar()),
    observer('log', () => jsonLines({ write: (line) => void log.push(line) })),
    observer('broken', () => ({
      next() {
        throw new Error('the sink of this observer is gone');
      },
    })),
  ];
  const denoiser = { name: 'mlp', config: { width: 32 } };
  const recipe = { format: 1, preset: 'ddpm', plugins: { engine, denoiser, observer: names } };
  const options = {
    plugins: [...nodePlugins, ...mine],
    onTapError: (error: DiffusionError) => void reported.push(error),
  };
  await using pipeline = await diffusion(recipe, options);
  const run$ = pipeline.sample.events({ steps: 20, count: 8, seed: 7 });
  const samples = await lastValueFrom(
    run$.pipe(
      pixels('x'),
      map(({ images }) => images.data),
    ),
  );
  return { samples, log, reported };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { log, reported } = await observed('auto', ['bar', 'log', 'broken']);
  console.log(`${log.length} lines in the log, the last: ${log.at(-1)}`);
  for (const { message } of reported) console.log(`reported once: ${message}`);
}
