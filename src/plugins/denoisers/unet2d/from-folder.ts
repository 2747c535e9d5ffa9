import type { Denoiser } from '../../../core/contracts/denoiser.js';
import { readFolder } from '../../../core/files/read-folder.js';
import { unet2dFromFiles, type UNet2DSource } from './from-files.js';

/**
 * A network from a folder that diffusers saved: see `unet2dFromFiles`. Links that lead out of the folder are refused
 * (`RXD_FILE_REFUSED`), as the cache of Hugging Face has them: download to a folder of your own.
 *
 * @example
 * const denoiser = await unet2dFromFolder('ddpm-cifar10-32', { engine });
 */
export function unet2dFromFolder(folder: string, source: UNet2DSource): Promise<Denoiser> {
  return unet2dFromFiles(readFolder(folder), source);
}
