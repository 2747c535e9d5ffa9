import { namedSource, unread } from '../storage/byte-sources.js';
import type { LoadOptions } from '../storage/loading.js';
import type { WriteTensorsOptions } from '../storage/written-numbers.js';
import { openWeights, storedRecipe, weightsFile, type StoredWeights, type Weights } from '../storage/weights.js';
import type { ByteSource } from '../contracts/store.js';
import type { Recipe } from '../assembly/recipe.js';
import { MAX_FILE_BYTES, openRegularFile } from './regular-file.js';
import { replaceFile } from './replace-file.js';

/**
 * Opens a file of weights or a checkpoint by its path: see `openWeights`.
 *
 * @throws DiffusionError `RXD_STORE_READ`, `RXD_FILE_REFUSED` for what is no regular file, and what `openWeights` throws
 * @example
 * await using weights = await openWeightsFile('model.safetensors');
 */
export async function openWeightsFile(path: string, loading: LoadOptions = {}): Promise<StoredWeights> {
  return openWeights(await opened(path), path, loading);
}

/** The whole recipe of a checkpoint or a file of weights: see `storedRecipe`. */
export async function recipeOfFile(path: string): Promise<Recipe> {
  return storedRecipe(await opened(path), path);
}

/**
 * Saves weights alone to a file: see `saveWeights`. The file is replaced whole; its folder is made where it is missing.
 *
 * @throws DiffusionError `RXD_STORE_WRITE`; `RXD_REQUEST_INVALID` for a number that float16 does not have
 */
export async function saveWeightsFile(
  path: string,
  weights: Weights,
  options: WriteTensorsOptions = {},
): Promise<void> {
  await replaceFile(path, (await weightsFile(weights, options)).parts);
}

async function opened(path: string): Promise<ByteSource> {
  try {
    return namedSource(await openRegularFile(path, { maxBytes: MAX_FILE_BYTES }), path);
  } catch (cause) {
    throw unread(path, cause);
  }
}
