import type { Denoiser } from '../../../core/contracts/denoiser.js';
import type { ByteSource } from '../../../core/contracts/store.js';
import type { Engine } from '../../../core/contracts/engine.js';
import { DiffusionError } from '../../../core/errors/diffusion-error.js';
import { formatValue } from '../../../core/errors/format-value.js';
import { schemaMismatch } from '../../../core/assembly/schema-mismatch.js';
import { corrupt, unsupported } from '../../../core/storage/corrupt.js';
import { TensorFile } from '../../../core/storage/tensor-file.js';
import { bytesSource } from '../../../core/storage/byte-sources.js';
import { strictJson } from '../../../core/storage/strict-json.js';
import { madeTensors } from '../../../core/tensors/made-tensors.js';
import { checkParameters, orderInMemory } from '../../../core/tensors/parameters.js';
import type { ReadableTensor, ReadableTensors } from '../../../core/tensors/plain-tensor.js';
import { ordered } from '../../../core/tensors/readable-tensor.js';
import { unet2dConfig, type UNet2DConfig } from './config.js';
import { modernName } from '../../../core/networks/legacy-names.js';
import { parameterShapes } from './parameter-shapes.js';
import { unet2dOf } from './unet2d.js';

/**
 * Gives a file of a model repository by its path there: its bytes, or what reads them in parts, which is closed then;
 * `undefined` where there is none.
 */
export type ReadFile = (path: string) => Promise<Uint8Array | ByteSource | undefined>;

/** Which files of a repository are read, and where the weights go. */
export interface UNet2DSource {
  readonly engine: Engine;
  /** `fp16` reads `diffusion_pytorch_model.fp16.safetensors`; the plain files where absent. */
  readonly variant?: string;
}

/** The class of diffusers that this network is. */
const CLASS = 'UNet2DModel';

const PLAIN_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*\.safetensors$/;

/**
 * A network from the files of a diffusers repository: `unet/` of a pipeline, or the repository's root; one file or
 * shards; float32, float16 or bfloat16 (widened); names of old checkpoints too. The caller disposes of it.
 *
 * @throws DiffusionError `RXD_STORE_READ` where a file is missing, `RXD_FILE_CORRUPT`, `RXD_FORMAT_UNSUPPORTED` for a network
 * of another class, `RXD_PLUGIN_CONFIG` for a config that this network does not have, `RXD_PARAMETERS_MISMATCH` where weights and config differ
 */
export async function unet2dFromFiles(read: ReadFile, { engine, variant }: UNet2DSource): Promise<Denoiser> {
  const { config, files } = await readConfig(read, variant);
  const sources: ByteSource[] = [];
  try {
    for (const file of files) sources.push(sourceOf(await needed(read, file)));
    const opened = await Promise.all(sources.map((source, at) => TensorFile.open(source, files[at] as string)));
    const specs = parameterShapes(config);
    const onDisk = joined(
      opened.map((file) => file.tensors()),
      files,
    );
    const weights = ordered(onDisk, (name) => orderInMemory((one) => specs[one]?.layout ?? 'same', name));
    checkParameters(weights, specs);
    await engine.start();
    return unet2dOf(config, await madeTensors(weights, engine));
  } finally {
    for (const source of sources) await source.close?.();
  }
}

/** The config of a repository, and the files of its weights. */
async function readConfig(
  read: ReadFile,
  variant?: string,
): Promise<{ readonly config: UNet2DConfig; readonly files: readonly string[] }> {
  const inFolder = await read('unet/config.json');
  const prefix = inFolder === undefined ? '' : 'unet/';
  const config = configOf(await bytesOf(inFolder ?? (await needed(read, 'config.json'))), `${prefix}config.json`);
  const stem = `${prefix}diffusion_pytorch_model`;
  const suffix = variant === undefined ? '' : `.${variant}`;
  const index = await read(`${stem}.safetensors.index${suffix}.json`);
  const files = index === undefined ? [`${stem}${suffix}.safetensors`] : shardsOf(await bytesOf(index), prefix);
  return { config, files };
}

const sourceOf = (file: Uint8Array | ByteSource): ByteSource => (file instanceof Uint8Array ? bytesSource(file) : file);

/** All of a small file, which is closed then. */
async function bytesOf(file: Uint8Array | ByteSource): Promise<Uint8Array> {
  if (file instanceof Uint8Array) return file;
  try {
    return await file.read(0, file.size);
  } finally {
    await file.close?.();
  }
}

/** The tensors of all files under today's names, each of them once. */
function joined(parts: readonly ReadableTensors[], files: readonly string[]): ReadableTensors {
  const all: Record<string, ReadableTensor> = {};
  for (const [at, tensors] of parts.entries())
    for (const [old, tensor] of Object.entries(tensors)) {
      const name = modernName(old);
      if (Object.hasOwn(all, name)) throw corrupt(files[at] as string, 'names of tensors must differ', `${name} again`);
      all[name] = tensor;
    }
  return all;
}

function configOf(bytes: Uint8Array, file: string): UNet2DConfig {
  const json = parsedJson(bytes, file);
  const { _class_name: name = CLASS } = (typeof json === 'object' ? (json ?? {}) : {}) as {
    readonly _class_name?: unknown;
  };
  if (name !== CLASS)
    throw unsupported(file, `_class_name ${formatValue(name)}`, CLASS, `choose a model whose network is a ${CLASS}`);
  const read = unet2dConfig.safeParse(json);
  if (read.success) return read.data;
  throw new DiffusionError('RXD_PLUGIN_CONFIG', {
    ...schemaMismatch(file, json, unet2dConfig, read.error),
    plugin: 'denoiser/unet2d',
  });
}

/** The files that an index of shards names. They lie beside it: a path is refused. */
function shardsOf(bytes: Uint8Array, prefix: string): readonly string[] {
  const file = `${prefix}diffusion_pytorch_model.safetensors.index.json`;
  const map = (parsedJson(bytes, file) as { readonly weight_map?: unknown } | null)?.weight_map;
  if (typeof map !== 'object' || map === null) throw corrupt(file, 'an object weight_map', typeof map);
  const names = [...new Set(Object.values(map) as readonly unknown[])];
  const wrong = names.find((name) => typeof name !== 'string' || !PLAIN_NAME.test(name));
  if (wrong !== undefined || names.length === 0) throw corrupt(file, 'plain names of safetensors files', String(wrong));
  return names.map((name) => `${prefix}${name as string}`);
}

function parsedJson(bytes: Uint8Array, file: string): unknown {
  return strictJson(new TextDecoder().decode(bytes), file, file);
}

async function needed(read: ReadFile, path: string): Promise<Uint8Array | ByteSource> {
  const bytes = await read(path);
  if (bytes !== undefined) return bytes;
  throw new DiffusionError('RXD_STORE_READ', {
    problem: `the repository has no ${path}`,
    expected: 'a repository that diffusers saved, with weights in safetensors',
    fix: 'check the folder and the variant; weights in .bin files must be converted to safetensors first',
  });
}
