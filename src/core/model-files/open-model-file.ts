import type { ExternalData, ModelContent, ModelFile } from '../contracts/model-file.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { readExactly, sourceOf } from '../storage/byte-sources.js';
import { beyondLimit, corrupt } from '../storage/corrupt.js';
import type { ReadFile } from '../storage/model-folder.js';
import { adaptedModel } from './adapted-model.js';
import { parsedModel } from './model-proto.js';
import type { ExternalPlace } from './model-tensors.js';

/** Most bytes of a message of protobuf: weights beyond that lie in other files. */
const MOST_BYTES = 2 ** 31 - 1;

/** Most bytes of one file of external data: what one array holds. */
const MOST_EXTERNAL = 2 ** 33;

/**
 * Opens a model file of a repository: it is read, taken apart and checked, and forgotten but for its inputs and outputs. Its
 * weights may lie in files beside it, which are looked at too. `undefined` where there is no such file.
 *
 * @throws DiffusionError `RXD_FILE_CORRUPT` for what is no ONNX file, and for external data that leave the folder;
 * `RXD_FORMAT_UNSUPPORTED` for custom operators; `RXD_STORE_READ` where external data are missing
 * @example
 * const file = await openModelFile(readFolder('my-model'), 'unet/model.onnx');
 */
export async function openModelFile(read: ReadFile, path: string): Promise<ModelFile | undefined> {
  const bytes = await bytesOf(read, path, MOST_BYTES);
  if (bytes === undefined) return undefined;
  const model = parsedModel(path, bytes);
  for (const [location, least] of placesOf(model.external)) await checkExternal(read, path, location, least);
  return {
    name: path,
    inputs: model.inputs.map(({ port }) => port),
    outputs: model.outputs.map(({ port }) => port),
    bytes: model.bytes,
    draws: model.draws,
    read: (outputs) => contentOf(read, path, outputs),
  };
}

async function contentOf(read: ReadFile, path: string, outputs: readonly string[]): Promise<ModelContent> {
  const bytes = await bytesOf(read, path, MOST_BYTES);
  if (bytes === undefined) throw missing(path, path);
  // The file may have changed since it was opened.
  const model = parsedModel(path, bytes);
  const external: ExternalData[] = [];
  for (const [location, least] of placesOf(model.external)) {
    const data = await bytesOf(read, besides(path, location), MOST_EXTERNAL);
    if (data === undefined) throw missing(path, location);
    if (data.length < least) throw tooShort(path, location, least, data.length);
    external.push({ location, data });
  }
  return { name: path, ...adaptedModel(model, outputs), external };
}

/** The files of external data, and how many bytes each must have. */
function placesOf(places: readonly ExternalPlace[]): ReadonlyMap<string, number> {
  const files = new Map<string, number>();
  for (const { location, offset, length } of places)
    files.set(location, Math.max(files.get(location) ?? 0, offset + length));
  return files;
}

/** The path of a file beside another one. */
const besides = (path: string, location: string): string => path.slice(0, path.lastIndexOf('/') + 1) + location;

async function checkExternal(read: ReadFile, path: string, location: string, least: number): Promise<void> {
  const file = await read(besides(path, location));
  if (file === undefined) throw missing(path, location);
  const source = sourceOf(file);
  await source.close?.();
  if (source.size < least) throw tooShort(path, location, least, source.size);
  if (source.size > MOST_EXTERNAL)
    throw beyondLimit(location, `at most ${MOST_EXTERNAL} bytes`, `${source.size} bytes`);
}

/** A file whole, in memory of its own. */
async function bytesOf(read: ReadFile, path: string, most: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const file = await read(path);
  if (file === undefined) return undefined;
  const source = sourceOf(file);
  try {
    if (source.size > most) throw beyondLimit(path, `at most ${most} bytes`, `${source.size} bytes`);
    const bytes = new Uint8Array(source.size);
    const given = await readExactly(source, { offset: 0, length: source.size, into: bytes, file: path });
    if (given.buffer !== bytes.buffer) bytes.set(given);
    return bytes;
  } catch (error) {
    if (error instanceof RangeError) throw noRoom(path, source.size, error);
    throw error;
  } finally {
    await source.close?.();
  }
}

function missing(path: string, location: string): DiffusionError {
  return new DiffusionError('RXD_STORE_READ', {
    problem: `the weights of ${path} are not all there: there is no ${location}`,
    expected: 'the files of external data beside the model file',
    fix: 'get the folder again, all of it',
  });
}

function tooShort(path: string, location: string, least: number, got: number): DiffusionError {
  return corrupt(location, `at least ${least} bytes, as ${path} says`, `${got} bytes`);
}

function noRoom(path: string, size: number, cause: unknown): DiffusionError {
  return new DiffusionError('RXD_MEMORY_LIMIT', {
    problem: `there is no memory for ${path}`,
    got: `${size} bytes`,
    expected: 'a file that fits into memory',
    fix: 'choose a smaller model, or one of fewer bits',
    cause,
  });
}
