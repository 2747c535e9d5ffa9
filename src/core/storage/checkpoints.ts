import type { Store } from '../contracts/store.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { checkpointName, checkpointsAmong } from './checkpoint-names.js';
import { checkpointFile, checkpointOrigin, openCheckpoint, readableCheckpoint } from './checkpoint.js';
import type { Checkpoint, ReadableCheckpoint } from './checkpoint.js';
import { openEntry, writeEntry } from './entries.js';
import { isUnreadable, newestOf } from './newest-checkpoint.js';

/** Runs that have begun to take the plain names of a store, until the first is written. */
const claims = new WeakMap<Store, string | undefined>();

/**
 * The checkpoints of one run in a store: it never writes over, counts or removes those of another run. The first run of
 * a store has plain names (`checkpoint-00000800.safetensors`); names of later runs say the run.
 */
export class RunCheckpoints {
  readonly #store: Store;
  readonly #run: string | undefined;
  readonly #isOlder: boolean;
  #named: Promise<{ readonly label: string | undefined }> | undefined;

  /**
   * @param run - its identity; without one the store must have no checkpoints but such
   * @param isOlder - it goes on with a run of before runs had identities, whose checkpoints are its own
   */
  constructor(store: Store, run: string | undefined, isOlder = false) {
    this.#isOlder = isOlder;
    this.#store = store;
    this.#run = run;
  }

  /**
   * Writes a checkpoint, reads it back, and only then removes all but the newest `keep` of its run.
   *
   * @returns its name
   * @throws what the store throws; what was there before is then still there
   */
  async save(checkpoint: ReadableCheckpoint, keep: number): Promise<string> {
    const { label } = await (this.#named ??= this.#naming());
    const name = checkpointName(checkpoint.step, label);
    try {
      await writeEntry(this.#store, name, await checkpointFile(checkpoint));
    } finally {
      if (label === undefined) claims.delete(this.#store);
    }
    const written = await openCheckpoint(await openEntry(this.#store, name), name);
    await written.close?.();
    const own = checkpointsAmong(await this.#store.list()).filter((other) => other.label === label);
    const older = own.filter(({ step }) => step < checkpoint.step);
    for (const old of older.slice(0, Math.max(older.length - (keep - 1), 0))) await this.#store.remove(old.name);
    return name;
  }

  async #naming(): Promise<{ readonly label: string | undefined }> {
    const plain = checkpointsAmong(await this.#store.list()).filter(({ label }) => label === undefined);
    const isOwn = plain.length > 0 ? await this.#madePlain() : this.#claimed();
    if (isOwn) return { label: undefined };
    if (this.#run !== undefined) return { label: this.#run };
    throw new DiffusionError('RXD_RESUME_REFUSED', {
      problem: 'a checkpoint without a run cannot be written beside those of a run',
      got: 'a checkpoint without `run`',
      expected: 'the identity of its run, so that runs of one store can be told apart',
      fix: 'give the checkpoint a `run`, or use another store',
    });
  }

  async #madePlain(): Promise<boolean> {
    try {
      const maker = (await newestOf(this.#store, undefined, checkpointOrigin))?.found.run;
      return maker === this.#run || (this.#isOlder && maker === undefined);
    } catch (error) {
      // Nobody knows whose broken files are: they stay.
      if (isUnreadable(error)) return false;
      throw error;
    }
  }

  /** Two runs at the same time, in a store that is not locked, both find no plain name: one of them takes them. */
  #claimed(): boolean {
    if (claims.has(this.#store) && claims.get(this.#store) !== this.#run) return false;
    claims.set(this.#store, this.#run);
    return true;
  }
}

/**
 * Saves one checkpoint of a run: see `RunCheckpoints`.
 *
 * @returns its name: `checkpoint-00000800.safetensors`, with its run where another run has such names in the store
 * @throws what the store throws; what was there before is then still there
 */
export function saveCheckpoint(
  store: Store,
  checkpoint: Checkpoint,
  { keep }: { readonly keep: number },
): Promise<string> {
  return new RunCheckpoints(store, checkpoint.run).save(readableCheckpoint(checkpoint), keep);
}
