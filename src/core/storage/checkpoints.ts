import type { Store } from '../contracts/store.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { decodeCheckpoint, encodeCheckpoint, type Checkpoint } from './checkpoint.js';

const NAME = /^checkpoint-(\d{8})\.safetensors$/;

/** The newest checkpoint of a store, and what was wrong with newer ones. */
export interface Newest {
  readonly name: string;
  readonly checkpoint: Checkpoint;
  readonly warnings: readonly DiffusionError[];
}

/**
 * Writes a checkpoint, reads it back, and only then removes all but the newest `keep`.
 *
 * @returns its name: `checkpoint-00000800.safetensors`
 * @throws what the store throws; what was there before is then still there
 */
export async function saveCheckpoint(
  store: Store,
  checkpoint: Checkpoint,
  { keep }: { readonly keep: number },
): Promise<string> {
  const name = `checkpoint-${String(checkpoint.step).padStart(8, '0')}.safetensors`;
  await store.write(name, await encodeCheckpoint(checkpoint));
  await decodeCheckpoint(await store.read(name), name);
  const older = (await checkpointNames(store)).filter((other) => other < name);
  for (const old of older.slice(0, Math.max(older.length - (keep - 1), 0))) await store.remove(old);
  return name;
}

/** The newest whole checkpoint of a store, `undefined` where there is none; a broken newer one is a warning. */
export async function loadNewest(store: Store): Promise<Newest | undefined> {
  const warnings: DiffusionError[] = [];
  for (const name of (await checkpointNames(store)).toReversed()) {
    try {
      return { name, checkpoint: await decodeCheckpoint(await store.read(name), name), warnings };
    } catch (error) {
      if (!(error instanceof DiffusionError) || error.code !== 'RXD_FILE_CORRUPT') throw error;
      warnings.push(error);
    }
  }
  if (warnings[0]) throw warnings[0];
  return undefined;
}

async function checkpointNames(store: Store): Promise<string[]> {
  return (await store.list()).filter((name) => NAME.test(name)).toSorted();
}
