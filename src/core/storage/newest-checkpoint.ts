import type { ByteSource, Store } from '../contracts/store.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { checkpointsAmong } from './checkpoint-names.js';
import { openEntry } from './entries.js';

/** What was found of the newest whole checkpoint, and what was wrong with newer ones. */
export interface Found<T> {
  readonly name: string;
  readonly found: T;
  readonly warnings: readonly DiffusionError[];
}

/** What is made of an entry, which it closes, or lets whoever gets it close. Throws where it is no whole checkpoint. */
type Take<T> = (source: ByteSource, name: string) => Promise<T>;

/** How often a list is read again because an entry of it was removed meanwhile: each time a writer saved a newer one. */
const LISTINGS = 100;

/**
 * The newest whole checkpoint of those whose names have a label; `undefined` where there is none. Needs no lock: where a
 * run writes and removes meanwhile, it looks again.
 *
 * @throws DiffusionError of the newest where all are broken
 */
export async function newestOf<T>(
  store: Store,
  label: string | undefined,
  take: Take<T>,
): Promise<Found<T> | undefined> {
  for (let listing = 1; ; listing++) {
    const names = checkpointsAmong(await store.list()).filter((found) => found.label === label);
    const newest = await firstWhole(
      store,
      names.map(({ name }) => name),
      take,
      listing === LISTINGS,
    );
    if (newest !== 'removed') return newest;
  }
}

async function firstWhole<T>(
  store: Store,
  names: readonly string[],
  take: Take<T>,
  isLast: boolean,
): Promise<Found<T> | undefined | 'removed'> {
  const warnings: DiffusionError[] = [];
  for (const name of names.toReversed()) {
    try {
      return { name, found: await take(await openEntry(store, name), name), warnings };
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

function hasCode(error: unknown, code: DiffusionError['code']): error is DiffusionError {
  return error instanceof DiffusionError && error.code === code;
}
