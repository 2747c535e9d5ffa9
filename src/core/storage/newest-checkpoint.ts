import type { Store } from '../contracts/store.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { checkpointsAmong } from './checkpoint-names.js';
import { readCheckpoint, type Checkpoint } from './checkpoint.js';
import { openEntry } from './entries.js';

/** The newest checkpoint of a run, and what was wrong with newer ones. */
export interface Newest {
  readonly name: string;
  readonly checkpoint: Checkpoint;
  readonly warnings: readonly DiffusionError[];
}

/** How often a list is read again because an entry of it was removed meanwhile: each time a writer saved a newer one. */
const LISTINGS = 100;

/**
 * The newest whole checkpoint of those whose names have a label; `undefined` where there is none. Needs no lock: where a
 * run writes and removes meanwhile, it looks again.
 *
 * @throws DiffusionError of the newest where all are broken
 */
export async function newestOf(store: Store, label: string | undefined): Promise<Newest | undefined> {
  for (let listing = 1; ; listing++) {
    const names = checkpointsAmong(await store.list()).filter((found) => found.label === label);
    const newest = await firstWhole(
      store,
      names.map(({ name }) => name),
      listing === LISTINGS,
    );
    if (newest !== 'removed') return newest;
  }
}

async function firstWhole(
  store: Store,
  names: readonly string[],
  isLast: boolean,
): Promise<Newest | undefined | 'removed'> {
  const warnings: DiffusionError[] = [];
  for (const name of names.toReversed()) {
    try {
      return { name, checkpoint: await checkpointAt(store, name), warnings };
    } catch (error) {
      if (hasCode(error, 'RXD_STORE_READ') && !isLast && !(await store.list()).includes(name)) return 'removed';
      if (!isUnreadable(error)) throw error;
      warnings.push(error);
    }
  }
  if (warnings[0]) throw warnings[0];
  return undefined;
}

/** Whether an error says that a file is no whole checkpoint: broken, or safetensors of something else. */
export function isUnreadable(error: unknown): error is DiffusionError {
  return hasCode(error, 'RXD_FILE_CORRUPT') || hasCode(error, 'RXD_FORMAT_UNSUPPORTED');
}

async function checkpointAt(store: Store, name: string): Promise<Checkpoint> {
  const source = await openEntry(store, name);
  try {
    return await readCheckpoint(source, name);
  } finally {
    await source.close?.();
  }
}

function hasCode(error: unknown, code: DiffusionError['code']): error is DiffusionError {
  return error instanceof DiffusionError && error.code === code;
}
