import type { ByteSource, Store } from '../contracts/store.js';
import type { Recipe } from '../assembly/recipe.js';
import { samplingRecipe } from '../assembly/sampling-recipe.js';
import type { ReadableTensors } from '../tensors/plain-tensor.js';
import { blobSource, sourceOf } from './byte-sources.js';
import { writeEntry } from './entries.js';
import { fetchedSource } from './fetched-source.js';
import { Loading, type LoadOptions } from './loading.js';
import type { WriteTensorsOptions } from './written-numbers.js';
import { openStored } from './stored-file.js';
import { NEWEST, type Origin } from './stored-metadata.js';
import { sealedTensors, type FileInParts } from './write-tensors.js';

/**
 * The weights of a network and the recipe that samples with them, of a finished run, a checkpoint or a file of weights. Of
 * a run that keeps an average they are the averaged ones. They lie as in a file, and each is read when it is needed.
 */
export interface Weights extends Origin {
  /** By name, as they lie on disk: diffusers' names and shapes where the network is one of theirs. */
  readonly tensors: ReadableTensors;
}

/** Weights of an open file. */
export interface StoredWeights extends Weights, AsyncDisposable {
  /** Closes the file: its weights cannot be read after that. Idempotent. */
  close(): Promise<void>;
}

/** Where a file of weights lies: in memory, in a `Blob`, on a server, or wherever else bytes can be read in parts. */
export type WeightsPlace = Uint8Array | Blob | URL | ByteSource;

/**
 * Opens a file of weights or a checkpoint: its header is read and checked, weights are read when they are needed. A `URL`
 * is read by ranges where the server knows them.
 *
 * @param file - what errors call it
 * @param loading - `onProgress` is told of the bytes, `signal` cancels; also later, while weights are read
 * @throws DiffusionError `RXD_FILE_CORRUPT`, `RXD_FORMAT_VERSION` for a newer format, `RXD_STORE_READ`, `RXD_ABORTED`
 * @example
 * await using weights = await openWeights(new URL('model.safetensors', location.href));
 */
export async function openWeights(
  from: WeightsPlace,
  file = from instanceof URL ? from.href : 'weights',
  loading: LoadOptions = {},
): Promise<StoredWeights> {
  const watch = new Loading(loading);
  const place = await placeOf(from, watch);
  const source = sourceOf(place);
  const close = async (): Promise<void> => source.close?.();
  try {
    const stored = await openStored(source, file, place instanceof Uint8Array ? undefined : watch);
    const { kind, origin, hasAverage } = stored;
    const tensors =
      kind === 'weights'
        ? stored.tensors()
        : { ...stored.tensors(hasAverage ? 'average/' : 'parameters/'), ...stored.tensors('kept/') };
    const recipe = samplingRecipe(origin.recipe);
    return { ...origin, recipe, tensors, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * The whole recipe of a checkpoint or a file of weights; none of its data is read.
 *
 * @throws DiffusionError as `openWeights` does
 */
export async function storedRecipe(from: WeightsPlace, file = 'checkpoint'): Promise<Recipe> {
  const source = sourceOf(await placeOf(from));
  try {
    return (await openStored(source, file)).origin.recipe;
  } finally {
    await source.close?.();
  }
}

/**
 * Saves weights alone, without optimiser, data or folders: a safetensors file with the names and shapes of the network, the
 * recipe that samples with it in its metadata, sealed by SHA-256. It is written a tensor at a time.
 *
 * @param name - of the entry, for example `model.safetensors`
 * @throws DiffusionError what the store throws; `RXD_REQUEST_INVALID` for a number that float16 does not have
 * @example
 * await saveWeights(store, 'model.safetensors', result.weights(), { dtype: 'float16' });
 */
export async function saveWeights(
  store: Store,
  name: string,
  weights: Weights,
  options: WriteTensorsOptions = {},
): Promise<void> {
  await writeEntry(store, name, await weightsFile(weights, options));
}

/** Weights as a file that is made while it is written. */
export function weightsFile(weights: Weights, options: WriteTensorsOptions): Promise<FileInParts> {
  const { run, step, recipe, tensors } = weights;
  const said = { kind: 'weights', format: NEWEST.weights, run, step, recipe: samplingRecipe(recipe) };
  return sealedTensors(tensors, { format: 'pt', rxdiffusion: JSON.stringify(said) }, options);
}

/** A place as bytes, or as a source of them, which whoever asks closes. */
export async function placeOf(from: WeightsPlace, watch?: Loading): Promise<Uint8Array | ByteSource> {
  watch?.refuseAborted();
  if (from instanceof URL) return fetchedSource(from, { watch });
  return from instanceof Blob ? blobSource(from) : from;
}
