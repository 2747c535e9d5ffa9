import type { Denoiser } from '../../../core/contracts/denoiser.js';
import type { Engine } from '../../../core/contracts/engine.js';
import { DiffusionError } from '../../../core/errors/diffusion-error.js';
import { formatValue } from '../../../core/errors/format-value.js';
import { schemaMismatch } from '../../../core/assembly/schema-mismatch.js';
import { unsupported } from '../../../core/storage/corrupt.js';
import { jsonOf, openTensors, type ReadFile } from '../../../core/storage/model-folder.js';
import { madeTensors } from '../../../core/tensors/made-tensors.js';
import { checkParameters, orderInMemory } from '../../../core/tensors/parameters.js';
import { ordered } from '../../../core/tensors/readable-tensor.js';
import { unet2dConfig, type UNet2DConfig } from './config.js';
import { modernName } from '../../../core/networks/legacy-names.js';
import { parameterShapes } from './parameter-shapes.js';
import { unet2dOf } from './unet2d.js';

/** Which files of a repository are read, and where the weights go. */
export interface UNet2DSource {
  readonly engine: Engine;
  /** `fp16` reads `diffusion_pytorch_model.fp16.safetensors`; the plain files where absent. */
  readonly variant?: string;
}

/** The class of diffusers that this network is. */
const CLASS = 'UNet2DModel';

/**
 * A network from the files of a diffusers repository: `unet/` of a pipeline, or the repository's root; one file or
 * shards; float32, float16 or bfloat16 (widened); names of old checkpoints too. The caller disposes of it.
 *
 * @throws DiffusionError `RXD_STORE_READ` where a file is missing, `RXD_FILE_CORRUPT`, `RXD_FORMAT_UNSUPPORTED` for a network
 * of another class, `RXD_PLUGIN_CONFIG` for a config that this network does not have, `RXD_PARAMETERS_MISMATCH` where weights and config differ
 */
export async function unet2dFromFiles(read: ReadFile, { engine, variant }: UNet2DSource): Promise<Denoiser> {
  const inFolder = await jsonOf(read, 'unet/config.json');
  const folder = inFolder === undefined ? '' : 'unet/';
  const config = configOf(inFolder ?? (await jsonOf(read, 'config.json')), `${folder}config.json`);
  const files = await openTensors(read, { folder, stem: 'diffusion_pytorch_model', variant }, modernName);
  try {
    const specs = parameterShapes(config);
    const weights = ordered(files.tensors, (name) => orderInMemory((one) => specs[one]?.layout ?? 'same', name));
    checkParameters(weights, specs);
    await engine.start();
    return unet2dOf(config, await madeTensors(weights, engine));
  } finally {
    await files.close();
  }
}

function configOf(json: unknown, file: string): UNet2DConfig {
  if (json === undefined)
    throw new DiffusionError('RXD_STORE_READ', {
      problem: `the repository has no ${file}`,
      expected: 'a repository that diffusers saved',
      fix: 'check the folder',
    });
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
