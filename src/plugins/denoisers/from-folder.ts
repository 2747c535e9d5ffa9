import type { Denoiser } from '../../core/contracts/denoiser.js';
import { readFolder } from '../../core/files/read-folder.js';
import { denoiserFromFiles, type NetworkSource } from './from-files.js';

/**
 * A network from a folder that diffusers saved: see `denoiserFromFiles`. Links that lead out of the folder are refused
 * (`RXD_FILE_REFUSED`), as the cache of Hugging Face has them: download to a folder of your own.
 *
 * @example
 * const denoiser = await denoiserFromFolder('ddpm-cifar10-32', { engine });
 */
export function denoiserFromFolder(folder: string, source: NetworkSource): Promise<Denoiser> {
  return denoiserFromFiles(readFolder(folder), source);
}
