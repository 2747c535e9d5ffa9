import { join } from 'node:path';
import { DiffusionError } from '../errors/diffusion-error.js';
import type { ByteSource } from '../contracts/store.js';
import { namedSource, unread } from '../storage/byte-sources.js';
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

/**
 * Opens one file to read it in parts, of whatever size: a model that is one file. Whoever opens it closes it, or gives it to
 * `readPipeline`, which does.
 *
 * @throws DiffusionError `RXD_STORE_READ`, `RXD_FILE_REFUSED` for what is no regular file
 * @example
 * const model = await readPipeline(await openFile('model.safetensors'), { tokenizer: readFolder('tokenizer') });
 */
export async function openFile(path: string): Promise<ByteSource> {
  try {
    return namedSource(await openRegularFile(path, { maxBytes: MAX_WEIGHTS_BYTES }), path);
  } catch (cause) {
    throw unread(path, cause);
  }
}
