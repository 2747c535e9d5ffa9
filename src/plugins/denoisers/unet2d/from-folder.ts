import { join } from 'node:path';
import type { Denoiser } from '../../../core/contracts/denoiser.js';
import { DiffusionError } from '../../../core/errors/diffusion-error.js';
import { MAX_FILE_BYTES, MAX_TEXT_BYTES, openRegularFile } from '../../../core/files/regular-file.js';
import { namedSource } from '../../../core/storage/byte-sources.js';
import { unet2dFromFiles, type ReadFile, type UNet2DSource } from './from-files.js';

/**
 * A network from a folder that diffusers saved: see `unet2dFromFiles`. Links that lead out of the folder are refused
 * (`RXD_FILE_REFUSED`), as the cache of Hugging Face has them: download to a folder of your own.
 *
 * @example
 * const denoiser = await unet2dFromFolder('ddpm-cifar10-32', { engine });
 */
export function unet2dFromFolder(folder: string, source: UNet2DSource): Promise<Denoiser> {
  return unet2dFromFiles(filesOf(folder), source);
}

/** Reads files below a folder. */
function filesOf(folder: string): ReadFile {
  return async (path) => {
    try {
      const maxBytes = path.endsWith('.json') ? MAX_TEXT_BYTES : MAX_FILE_BYTES;
      const file = await openRegularFile(join(folder, path), { within: folder, maxBytes });
      return namedSource(file, join(folder, path));
    } catch (cause) {
      if (cause instanceof DiffusionError) throw cause;
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw new DiffusionError('RXD_STORE_READ', {
        problem: `cannot read ${join(folder, path)}: ${(cause as Error).message}`,
        fix: 'check the folder and its permissions',
        cause,
      });
    }
  };
}
