import type { ByteSource } from '../contracts/store.js';
import { parseRecipe } from '../assembly/recipe.js';
import type { ReadableTensors } from '../tensors/plain-tensor.js';
import { readableOf } from '../tensors/readable-tensor.js';
import { corrupt } from './corrupt.js';
import type { Loading } from './loading.js';
import { decodeSafetensors, encodeSafetensors } from './safetensors.js';
import { hex, sha256 } from './seal.js';
import { readMetadata, type Origin, type StoredMetadata } from './stored-metadata.js';
import { TensorFile } from './tensor-file.js';

/** A checkpoint or a file of weights, open: its header was checked, its data will be as they are read. */
export interface StoredFile {
  readonly kind: StoredMetadata['kind'];
  readonly origin: Origin;
  /** Whether it is a checkpoint with averaged weights. */
  readonly hasAverage: boolean;
  /** Its tensors whose names begin with `prefix`, without it. */
  tensors(prefix?: string): ReadableTensors;
  /** Reads all data once and keeps none. Throws `RXD_FILE_CORRUPT` where they are not those that were written. */
  check(): Promise<void>;
}

/**
 * Opens a checkpoint or a file of weights: reads and checks its header, and none of its data. A checkpoint of format 1 has
 * one seal for all of it, so it is read whole.
 *
 * @throws DiffusionError as `decodeCheckpoint` does
 */
export async function openStored(source: ByteSource, file: string, loading?: Loading): Promise<StoredFile> {
  const opened = await TensorFile.open(source, file, loading);
  const { rxdiffusion: said, sha256: seal } = opened.metadata;
  const { kind, format, average, recipe, ...origin } = readMetadata(said, file);
  const isWhole = kind === 'checkpoint' && format < 2;
  const content = isWhole ? await wholeFile(await opened.bytes(), { said: said ?? '', seal, file }) : opened;
  if (content === opened) await opened.unseal();
  return {
    kind,
    origin: { ...origin, recipe: parseRecipe(recipe) },
    hasAverage: average,
    tensors: (prefix) => content.tensors(prefix),
    check: () => content.check(),
  };
}

/** Format 1: one SHA-256 of what it says and of all its tensors. */
async function wholeFile(
  bytes: Uint8Array,
  { said, seal, file }: { readonly said: string; readonly seal: string | undefined; readonly file: string },
): Promise<Pick<StoredFile, 'tensors' | 'check'>> {
  const { tensors } = decodeSafetensors(bytes, file);
  if (hex(await sha256(encodeSafetensors({ tensors, metadata: { said } }))) !== seal)
    throw corrupt(file, 'the SHA-256 of its content', 'another one');
  const readable = Object.entries(readableOf(tensors));
  return {
    tensors: (prefix = '') =>
      Object.fromEntries(
        readable
          .filter(([name]) => name.startsWith(prefix))
          .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
      ),
    check: () => Promise.resolve(),
  };
}
