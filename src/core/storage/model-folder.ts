import type { ByteSource } from '../contracts/store.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import type { ReadableTensor, ReadableTensors } from '../tensors/plain-tensor.js';
import { sourceOf } from './byte-sources.js';
import { beyondLimit, corrupt } from './corrupt.js';
import type { Loading, ReadWatch } from './loading.js';
import { strictJson } from './strict-json.js';
import { TensorFile } from './tensor-file.js';

/**
 * Gives a file of a model repository by its path there: its bytes, or what reads them in parts, which is closed then;
 * `undefined` where there is none. A place that brings bytes before it gives them (a download) tells `watch` of them.
 */
export type ReadFile = (path: string, watch?: ReadWatch) => Promise<Uint8Array | ByteSource | undefined>;

/** A file of a folder that is written. */
export interface WrittenFile {
  /** Below the folder, with slashes. */
  readonly path: string;
  readonly parts: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** Writes a folder: all of these files or, where it rejects, none of them. */
export type WriteFolder = (files: AsyncIterable<WrittenFile>) => Promise<void>;

/** Most bytes of a file of text: the largest tokenizers have some tens of megabytes. */
const MAX_TEXT = 64 * 2 ** 20;

const PLAIN_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*\.safetensors$/;

/** Tensors of one file or of several, open until they are closed. */
export interface OpenTensors {
  readonly tensors: ReadableTensors;
  /** Closes the files: their tensors cannot be read after that. Idempotent. */
  close(): Promise<void>;
}

/** Where the weights of one network lie. */
export interface WeightsFiles {
  /** The folder of the network, with a slash at its end; `''` for the repository's root. */
  readonly folder: string;
  /** Name of the files without their endings: `diffusion_pytorch_model`, `model`. */
  readonly stem: string;
  /** `fp16` reads `stem.fp16.safetensors`; the plain files where absent. */
  readonly variant?: string | undefined;
}

/** A file as parsed JSON; `undefined` where there is none. Throws `RXD_FILE_CORRUPT`, `RXD_FORMAT_UNSUPPORTED`. */
export async function jsonOf(read: ReadFile, path: string): Promise<unknown> {
  const text = await textOf(read, path);
  return text === undefined ? undefined : strictJson(text, path, path);
}

/** A file as text; `undefined` where there is none. Throws `RXD_FORMAT_UNSUPPORTED` for one that is too long. */
export async function textOf(read: ReadFile, path: string): Promise<string | undefined> {
  const file = await read(path);
  if (file === undefined) return undefined;
  const source = sourceOf(file);
  try {
    if (source.size > MAX_TEXT) throw beyondLimit(path, `at most ${MAX_TEXT} bytes`, `${source.size} bytes`);
    return new TextDecoder().decode(await source.read(0, source.size));
  } finally {
    await source.close?.();
  }
}

/**
 * Opens the weights of a network: one file, or the shards that an index names. Headers are read and checked, numbers are
 * read when they are needed.
 *
 * @param rename - the name of a tensor here, by its name on disk; `undefined` where it is to be ignored
 * @param loading - is told of the bytes that are read, and may end the reading
 * @throws DiffusionError `RXD_STORE_READ` where a file is missing, `RXD_FILE_CORRUPT`
 */
export async function openTensors(
  read: ReadFile,
  where: WeightsFiles,
  rename: (name: string) => string | undefined,
  loading?: Loading,
): Promise<OpenTensors> {
  const sources: ByteSource[] = [];
  const close = async (): Promise<void> => {
    for (const source of sources.splice(0)) await source.close?.();
  };
  try {
    const names = await filesOf(read, where);
    const parts: (readonly [file: string, tensors: ReadableTensors])[] = [];
    for (const name of names) {
      const given = await needed(read, name, where);
      const source = sourceOf(given);
      sources.push(source);
      const file = await TensorFile.open(source, name, given === source ? loading : undefined);
      parts.push([name, file.tensors('', (onDisk) => rename(onDisk) !== undefined)]);
    }
    return { tensors: joined(parts, rename), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function filesOf(read: ReadFile, { folder, stem, variant }: WeightsFiles): Promise<readonly string[]> {
  const suffix = variant === undefined ? '' : `.${variant}`;
  const path = `${folder}${stem}.safetensors.index${suffix}.json`;
  const index = await jsonOf(read, path);
  return index === undefined ? [`${folder}${stem}${suffix}.safetensors`] : shardsOf(index, path, folder);
}

/** The files that an index of shards names. They lie beside it: a path is refused. */
function shardsOf(index: unknown, path: string, folder: string): readonly string[] {
  const map = (index as { readonly weight_map?: unknown } | null)?.weight_map;
  if (typeof map !== 'object' || map === null) throw corrupt(path, 'an object weight_map', typeof map);
  const names = [...new Set(Object.values(map) as readonly unknown[])];
  const wrong = names.find((name) => typeof name !== 'string' || !PLAIN_NAME.test(name));
  if (wrong !== undefined || names.length === 0) throw corrupt(path, 'plain names of safetensors files', String(wrong));
  return names.map((name) => `${folder}${name as string}`);
}

async function needed(read: ReadFile, path: string, where: WeightsFiles): Promise<Uint8Array | ByteSource> {
  const file = await read(path);
  if (file !== undefined) return file;
  throw await missing(read, path, where);
}

/** The error for weights that are not there: it says what is there instead. */
async function missing(read: ReadFile, path: string, { folder, stem, variant }: WeightsFiles): Promise<DiffusionError> {
  const there = async (name: string): Promise<boolean> => {
    const file = await read(`${folder}${name}`);
    if (file !== undefined && !(file instanceof Uint8Array)) await file.close?.();
    return file !== undefined;
  };
  const refused = (problem: string, fix: string): DiffusionError =>
    new DiffusionError('RXD_STORE_READ', { problem, expected: 'weights in safetensors, as diffusers saves them', fix });
  const problem = `the repository has no ${path}`;
  for (const other of [undefined, 'fp16', 'bf16'].filter((name) => name !== variant)) {
    const name = `${stem}${other === undefined ? '' : `.${other}`}.safetensors`;
    if (await there(name))
      return refused(problem, other === undefined ? 'leave `variant` out' : `say \`variant: '${other}'\``);
  }
  for (const pickle of [`${stem}.bin`, 'pytorch_model.bin'])
    if (await there(pickle))
      return refused(
        `${problem}, only ${folder}${pickle}, a pickle: to read it is to run code of whoever made it`,
        'get the safetensors files of this model, or convert it with diffusers (`save_pretrained`)',
      );
  return refused(problem, 'check the folder and the variant');
}

/** The tensors of all files by their names here, each of them once. */
function joined(
  parts: readonly (readonly [file: string, tensors: ReadableTensors])[],
  rename: (name: string) => string | undefined,
): ReadableTensors {
  const all: Record<string, ReadableTensor> = {};
  for (const [file, tensors] of parts)
    for (const [name, tensor] of Object.entries(renamed(tensors, rename, file))) {
      if (Object.hasOwn(all, name)) throw sameName(file, name);
      all[name] = tensor;
    }
  return all;
}

/**
 * Tensors under other names; those that get none are left out.
 *
 * @param file - what errors call where they are from
 * @throws DiffusionError `RXD_FILE_CORRUPT` where two get the same
 */
export function renamed(
  tensors: ReadableTensors,
  rename: (name: string) => string | undefined,
  file: string,
): ReadableTensors {
  const all: Record<string, ReadableTensor> = {};
  for (const [onDisk, tensor] of Object.entries(tensors)) {
    const name = rename(onDisk);
    if (name === undefined) continue;
    if (Object.hasOwn(all, name)) throw sameName(file, name);
    all[name] = tensor;
  }
  return all;
}

const sameName = (file: string, name: string): DiffusionError =>
  corrupt(file, 'names of tensors must differ', `${name} again`);
