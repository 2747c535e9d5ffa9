import type { Store } from '../contracts/store.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { checkpointsAmong } from './checkpoint-names.js';
import { checkpointOrigin, openCheckpoint, readCheckpoint } from './checkpoint.js';
import type { Checkpoint, ReadableCheckpoint } from './checkpoint.js';
import { isUnreadable, newestOf, type Found } from './newest-checkpoint.js';

/** The newest checkpoint of a run, and what was wrong with newer ones. */
export interface Newest {
  readonly name: string;
  readonly checkpoint: Checkpoint;
  readonly warnings: readonly DiffusionError[];
}

/** One run of a store. */
export interface StoredRun {
  /** Its identity; absent where its checkpoints were written before runs had one, or are broken. */
  readonly run?: string;
  /** Updates of its newest checkpoint. */
  readonly step: number;
  /** Its newest whole checkpoint; `undefined` where it was removed meanwhile. Rejects where all are broken. */
  newest(): Promise<Newest | undefined>;
  /** As `newest`, of tensors that are read when they are needed; whoever opens it closes it. */
  open(): Promise<Found<ReadableCheckpoint> | undefined>;
}

/** The runs that have checkpoints in a store. */
export async function storedRuns(store: Store): Promise<readonly StoredRun[]> {
  const steps = new Map(checkpointsAmong(await store.list()).map(({ label, step }) => [label, step]));
  const runs = await Promise.all(Array.from(steps, ([label, step]) => storedRun(store, label, step)));
  // A run whose plain names could not be read once has gone on under names that say it.
  return runs.filter((one) => !runs.some((other) => other.run === one.run && isAfter(runs, other, one)));
}

/** Whether one of two entries of a run is the one to go on with: that of more updates, else the later in the list. */
function isAfter(runs: readonly StoredRun[], one: StoredRun, other: StoredRun): boolean {
  return one.step === other.step ? runs.indexOf(one) > runs.indexOf(other) : one.step > other.step;
}

/**
 * The newest whole checkpoint of a run; a broken newer one is a warning.
 *
 * @param run - its identity; where absent the store must hold one run only
 * @returns `undefined` where there is none
 * @throws DiffusionError `RXD_RESUME_REFUSED` that lists the runs where there are several and none is asked for
 */
export async function loadNewest(store: Store, run?: string): Promise<Newest | undefined> {
  return (await storedRunOf(store, run))?.newest();
}

/** The run of a store that is meant; `undefined` where there is none. Throws as `loadNewest` does. */
export async function storedRunOf(store: Store, run?: string): Promise<StoredRun | undefined> {
  const runs = await storedRuns(store);
  if (run !== undefined) return runs.find((stored) => stored.run === run);
  if (runs.length > 1) throw severalRuns(runs);
  return runs[0];
}

/** Runs of a store, for errors. */
export function listedRuns(runs: readonly StoredRun[]): string {
  return runs.map(({ run = 'a run without identity', step }) => `${run} (at update ${step})`).join(', ') || 'no runs';
}

/** A labelled run says who it is by its names; of plain names a checkpoint must be read. */
async function storedRun(store: Store, label: string | undefined, step: number): Promise<StoredRun> {
  const run = label ?? (await plainRun(store));
  const newest = async (): Promise<Newest | undefined> => {
    const read = await newestOf(store, label, readCheckpoint);
    return read && { name: read.name, checkpoint: read.found, warnings: read.warnings };
  };
  return { ...(run === undefined ? {} : { run }), step, newest, open: () => newestOf(store, label, openCheckpoint) };
}

async function plainRun(store: Store): Promise<string | undefined> {
  try {
    return (await newestOf(store, undefined, checkpointOrigin))?.found.run;
  } catch (error) {
    if (isUnreadable(error)) return undefined;
    throw error;
  }
}

function severalRuns(runs: readonly StoredRun[]): DiffusionError {
  return new DiffusionError('RXD_RESUME_REFUSED', {
    problem: 'the store holds checkpoints of several runs, and none of them is asked for',
    got: listedRuns(runs),
    expected: 'one run, or the identity of the run to go on with',
    fix: 'name it: `resume: { run: "…" }`, on the command line `--resume …`',
  });
}
