import type { Store } from '../../core/contracts/store.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import type { Recipe } from '../../core/assembly/recipe.js';
import { readableCheckpoint, type Checkpoint, type ReadableCheckpoint } from '../../core/storage/checkpoint.js';
import {
  RESUME_DIFFERENCES,
  recipeDifferences,
  type RecipeDifference,
  type ResumeDifference,
} from '../../core/storage/recipe-differences.js';
import { listedRuns, storedRunOf, storedRuns, type StoredRun } from '../../core/storage/stored-runs.js';

/** From where a run goes on, and what may be otherwise than before. */
export interface ResumeFrom {
  /** The run of the store to go on with: needed where it holds several. */
  readonly run?: string;
  /** Goes on from this checkpoint instead of the newest of the store. */
  readonly checkpoint?: Checkpoint;
  /** What the recipe may say otherwise than the checkpoint's; nothing where absent. */
  readonly allow?: readonly ResumeDifference[];
}

/** What a run was asked for, as far as resuming goes. */
export interface Beginning {
  /** Identity that the request gives to the run. */
  readonly run?: string | undefined;
  /** Identity of the run where it is a new one. */
  readonly fresh: string;
  readonly resume?: boolean | Checkpoint | ResumeFrom | undefined;
  /** The recipe of this run with its train settings. */
  readonly recipe: Recipe;
  /** Updates of the whole run. */
  readonly steps: number;
  /** Numbers of the network's weights. */
  readonly parameters: number;
}

/** Where a run begins. */
export interface Begun {
  readonly run: string;
  /** What it goes on from; absent in a fresh run. */
  readonly start?: ReadableCheckpoint;
}

/**
 * Finds where a run begins and who it is: a fresh run gets an identity that no run of the store has, a resumed one keeps
 * that of the run it goes on with, unless the request names a new one beside `resume: { … }`.
 *
 * @throws DiffusionError `RXD_RESUME_REFUSED` where that is not clear, or the run would be another than the one before
 */
export async function begin(store: Store | undefined, asked: Beginning): Promise<Begun> {
  const from = resumeFrom(asked);
  const { fresh } = asked;
  if (from === undefined) {
    if (asked.run !== undefined && store) refuseTaken(fresh, await storedRuns(store));
    return { run: fresh };
  }
  const start = from.checkpoint ? readableCheckpoint(from.checkpoint) : await stored(storeOf(store), asked, from);
  if (start === undefined) return { run: fresh };
  try {
    return { run: await runOf(store, asked, from, start), start };
  } catch (error) {
    await start.close?.();
    throw error;
  }
}

/** The identity of a run that goes on. */
async function runOf(
  store: Store | undefined,
  asked: Beginning,
  from: ResumeFrom,
  start: ReadableCheckpoint,
): Promise<string> {
  const { fresh } = asked;
  checkSame(start, asked, from.allow ?? []);
  const isNamed = asked.resume !== true && asked.run !== undefined && asked.run !== start.run;
  const run = isNamed ? fresh : (start.run ?? fresh);
  if (store && isNamed) refuseTaken(run, await storedRuns(store));
  else if (store && from.checkpoint) refuseOlder(start, await storedRuns(store));
  return run;
}

function resumeFrom({ resume }: Beginning): ResumeFrom | undefined {
  if (resume === undefined || resume === false) return undefined;
  if (resume === true) return {};
  if ('parameters' in resume) return { checkpoint: resume };
  const unknown = (resume.allow ?? []).find((what) => !RESUME_DIFFERENCES.includes(what));
  if (unknown === undefined) return resume;
  throw new DiffusionError('RXD_REQUEST_INVALID', {
    problem: '`resume.allow` names what cannot differ',
    got: unknown,
    expected: `some of ${RESUME_DIFFERENCES.join(', ')}`,
    fix: 'correct the name',
  });
}

/** The newest checkpoint of the run that is meant; `undefined` where a run that need not be there is not. */
async function stored(store: Store, asked: Beginning, { run }: ResumeFrom): Promise<ReadableCheckpoint | undefined> {
  const wanted = run ?? (asked.resume === true ? asked.run : undefined);
  const newest = await (await storedRunOf(store, wanted))?.open();
  for (const warning of newest?.warnings ?? []) console.warn(warning.message);
  if (newest || asked.resume === true) return newest?.found;
  throw new DiffusionError('RXD_RESUME_REFUSED', {
    problem: 'the store has no checkpoint of the run to go on with',
    got: run === undefined ? 'an empty store' : `run ${run}; the store has ${listedRuns(await storedRuns(store))}`,
    expected: 'the identity of a run of this store',
    fix: 'correct `resume.run`; `resume: true` goes on where there is something to go on with, and begins where not',
  });
}

/** Refuses to go on with a run that was made otherwise, or that is longer already. */
function checkSame(
  { step, recipe, parameters }: ReadableCheckpoint,
  asked: Beginning,
  allow: readonly ResumeDifference[],
): void {
  if (step > asked.steps)
    throw new DiffusionError('RXD_RESUME_REFUSED', {
      problem: 'the run to go on with has done more updates than are asked for',
      got: `a checkpoint at update ${step}, and ${asked.steps} steps asked for`,
      expected: '`steps` of the whole run, those that are done included',
      fix: `ask for more than ${step} steps, or leave \`resume\` out for a run of its own`,
    });
  // Weights of another size are refused by name and shape, which says more.
  const isOfSize = Object.values(parameters).reduce((sum, { shape }) => sum + sizeOf(shape), 0) === asked.parameters;
  const compared = recipeDifferences(recipe, asked.recipe).filter(({ what }) => isOfSize || what !== 'denoiser');
  const different = compared.filter(({ what }) => !allow.includes(what));
  if (different.length > 0) throw madeOtherwise(different);
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1);

function madeOtherwise(different: readonly RecipeDifference[]): DiffusionError {
  const sides = (side: 'was' | 'is'): string => different.map((one) => `${one.what}: ${one[side]}`).join('; ');
  return new DiffusionError('RXD_RESUME_REFUSED', {
    problem: 'the run to resume was made by a recipe that differs from this one',
    got: sides('is'),
    expected: sides('was'),
    fix: `say the same, or allow it: \`resume: { allow: [${different.map(({ what }) => `'${what}'`).join(', ')}] }\``,
  });
}

function refuseTaken(run: string, runs: readonly StoredRun[]): void {
  if (!runs.some((stored) => stored.run === run)) return;
  throw new DiffusionError('RXD_RESUME_REFUSED', {
    problem: 'the store holds checkpoints of a run with this identity',
    got: `run ${run}, which is not to be resumed`,
    expected: 'an identity of its own for each run',
    fix: 'go on with it by `resume: true`, or give another `run`',
  });
}

/** A run that goes back would write over its own later checkpoints. */
function refuseOlder({ run, step }: Pick<ReadableCheckpoint, 'run' | 'step'>, runs: readonly StoredRun[]): void {
  const newer = run === undefined ? undefined : runs.find((stored) => stored.run === run && stored.step > step);
  if (newer === undefined) return;
  throw new DiffusionError('RXD_RESUME_REFUSED', {
    problem: 'the store holds newer checkpoints of the run that the checkpoint is of',
    got: `update ${step} of run ${run}, which the store has at update ${newer.step}`,
    expected: 'its newest checkpoint, or a run of its own that begins at the older one',
    fix: 'resume from the newest (`resume: true`), or give a new `run` beside `resume: { checkpoint }`',
  });
}

function storeOf(store: Store | undefined): Store {
  if (store) return store;
  throw new DiffusionError('RXD_REQUEST_INVALID', {
    problem: 'there is no store to resume from',
    got: '`resume` and a recipe without `store`',
    expected: 'a recipe with a store, or the checkpoint itself',
    fix: 'add "store": { "name": "folder", "config": { "path": "..." } } to the recipe’s plugins',
  });
}
