import type { Denoiser } from '../../core/contracts/denoiser.js';
import type { Engine } from '../../core/contracts/engine.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { modernName } from '../../core/networks/legacy-names.js';
import { givenParameters } from '../../core/networks/own-parameters.js';
import { jsonOf, openTensors, type ReadFile } from '../../core/storage/model-folder.js';
import { networkOf } from './diffusers-networks.js';

/** Which files of a repository are read, and where the weights go. */
export interface NetworkSource {
  readonly engine: Engine;
  /** `fp16` reads `diffusion_pytorch_model.fp16.safetensors`; the plain files where absent. */
  readonly variant?: string;
}

/**
 * A network from the files of a diffusers repository: `unet/` or `transformer/` of a pipeline, or the repository's root; one
 * file or shards; float32, float16 or bfloat16 (widened); names of old checkpoints too. Its class is what its `config.json`
 * says. The caller disposes of it.
 *
 * @throws DiffusionError `RXD_STORE_READ` where a file is missing, `RXD_FILE_CORRUPT`, `RXD_FORMAT_UNSUPPORTED` for a network
 * of another class, `RXD_PLUGIN_CONFIG` for a config that this network does not have, `RXD_PARAMETERS_MISMATCH` where weights and config differ
 */
export async function denoiserFromFiles(read: ReadFile, { engine, variant }: NetworkSource): Promise<Denoiser> {
  const { folder, json } = await configOf(read);
  const { specs, of } = networkOf(json, `${folder}config.json`);
  const files = await openTensors(read, { folder, stem: 'diffusion_pytorch_model', variant }, modernName);
  try {
    await engine.start();
    return of(await givenParameters(specs, files.tensors, engine));
  } finally {
    await files.close();
  }
}

/** The network's config: in a folder of its own, or in the root. */
async function configOf(read: ReadFile): Promise<{ readonly folder: string; readonly json: unknown }> {
  for (const folder of ['unet/', 'transformer/', '']) {
    const json = await jsonOf(read, `${folder}config.json`);
    if (json !== undefined) return { folder, json };
  }
  throw new DiffusionError('RXD_STORE_READ', {
    problem: 'the repository has no config.json, nor one in unet/ or transformer/',
    expected: 'a repository that diffusers saved',
    fix: 'check the folder',
  });
}
