import { join } from 'node:path';
import { DiffusionError } from '../errors/diffusion-error.js';
import { namedSource } from '../storage/byte-sources.js';
import type { ReadFile } from '../storage/model-folder.js';
import { openRegularFile } from './regular-file.js';

/** Most bytes of a file of weights, which is read in parts. */
const MAX_WEIGHTS_BYTES = 2 ** 40;

/**
 * Reads the files of a model in a folder, by their paths there. Links that lead out of the folder are refused
 * (`RXD_FILE_REFUSED`), as the cache of Hugging Face has them: download to a folder of your own.
 *
 * @throws DiffusionError `RXD_STORE_READ` for a file that is there and cannot be read
 * @example
 * const model = await readPipeline(readFolder('stable-diffusion-v1-5'));
 */
export function readFolder(folder: string): ReadFile {
  return async (path) => {
    const place = join(folder, path);
    try {
      return namedSource(await openRegularFile(place, { within: folder, maxBytes: MAX_WEIGHTS_BYTES }), place);
    } catch (cause) {
      if (cause instanceof DiffusionError) throw cause;
      if (['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')) return undefined;
      throw new DiffusionError('RXD_STORE_READ', {
        problem: `cannot read ${place}: ${(cause as Error).message}`,
        fix: 'check the folder and its permissions',
        cause,
      });
    }
  };
}
