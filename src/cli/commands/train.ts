import { tap } from 'rxjs';
import {
  catalogue,
  diffusion,
  DiffusionError,
  type Recipe,
  type ResumeDifference,
  type Slots,
  type TrainOptions,
} from '../../index.js';
import { interrupts, statusAfter } from '../interrupt.js';
import type { Output } from '../output.js';
import { knownPlugins } from '../own-plugins.js';
import { readRecipeFile } from '../read-recipe.js';
import { memoryLimitOf, withSettings, withSlots, type RecipeOptions } from '../slots.js';

/** Options of `rxdiffusion train`. */
export interface TrainFlags extends RecipeOptions {
  readonly out?: string;
  readonly steps?: number;
  readonly batchSize?: number;
  readonly seed?: number;
  /** `true`, or the identity of the run to go on with. */
  readonly resume?: boolean | string;
  /** What the resumed run may have otherwise. */
  readonly allow?: readonly string[];
}

/**
 * `rxdiffusion train RECIPE`: trains and leaves checkpoints. Ctrl-C, SIGTERM or SIGHUP end the run after the update in
 * flight, with a checkpoint that `--resume` goes on from; so does the end of whoever reads the results.
 *
 * @returns 0; 130 after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP, 141 where nobody reads the results any more
 */
export async function trainCommand(path: string, options: TrainFlags, output: Output): Promise<number> {
  const plugins = await knownPlugins(options.plugins);
  const read = withSlots(await readRecipeFile(path), options.use ?? {});
  const said = withSettings(catalogue(plugins), read, options.set ?? []);
  const recipe = withSlots(said, slotsFor(said, options));
  await using pipeline = await diffusion(recipe, {
    plugins,
    onTapError: (e) => output.status(e.message),
    ...memoryLimitOf(options),
  });
  let signal: NodeJS.Signals | undefined;
  const stop$ = interrupts(output, 'stopping after this update; Ctrl-C again stops at once');
  const noted$ = stop$.pipe(tap((one) => (signal = one)));
  using result = await pipeline.train({ ...asked(options), stop$: noted$ });
  const { store } = pipeline.assembly.recipe.plugins;
  if (!options.json) output.line(`${result.step} updates, checkpoint in ${JSON.stringify(store)}`);
  return signal === undefined ? 0 : statusAfter(signal);
}

/** Progress or JSON lines unless the recipe or `--use` says how to observe; a folder to write to unless they say where. */
function slotsFor({ plugins }: Recipe, { out, json }: TrainFlags): Slots {
  const folder = { store: { name: 'folder', config: { path: out ?? 'out' } } };
  return {
    ...(out !== undefined || plugins['store'] === undefined ? folder : {}),
    ...(json ? { observer: ['json-lines'] } : plugins['observer'] === undefined ? { observer: ['progress'] } : {}),
  };
}

function asked({ steps, batchSize, seed, resume, allow }: TrainFlags): TrainOptions {
  if (allow !== undefined && resume === undefined) throw nothingToAllow(allow);
  return {
    ...(steps === undefined ? {} : { steps }),
    ...(batchSize === undefined ? {} : { batchSize }),
    ...(seed === undefined ? {} : { seed }),
    ...(resume ? { resume: resumed(resume, allow) } : {}),
  };
}

function resumed(resume: boolean | string, allow: readonly string[] | undefined): NonNullable<TrainOptions['resume']> {
  const run = typeof resume === 'string' ? { run: resume } : {};
  // `train` refuses what cannot differ.
  if (allow !== undefined) return { ...run, allow: allow as readonly ResumeDifference[] };
  return typeof resume === 'string' ? { run: resume } : true;
}

function nothingToAllow(allow: readonly string[]): DiffusionError {
  return new DiffusionError('RXD_REQUEST_INVALID', {
    problem: '--allow says what may differ in a resumed run, and no run is resumed',
    got: `--allow ${allow.join(',')}`,
    expected: '--resume beside it',
    fix: 'add --resume, or leave --allow out',
  });
}
