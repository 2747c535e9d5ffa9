import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { dirname } from 'node:path';
import { DiffusionError } from '../errors/diffusion-error.js';
import { messageOf } from '../errors/format-value.js';
import { makeFolder } from './make-folder.js';

/** The file operations that replacing needs; tests put failing ones in their place. */
export type WritingFileSystem = Pick<typeof fs, 'open' | 'rename' | 'rm'>;

/** Bytes one after the other. */
export type Parts = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/**
 * Writes a file whole, making its folder where that is missing: at every instant the old bytes or the new ones are there.
 *
 * @throws DiffusionError `RXD_STORE_WRITE`, or what the parts threw; the old bytes are then still there
 */
export async function replaceFile(path: string, parts: Parts): Promise<void> {
  try {
    await makeFolder(dirname(path));
    await replaceBy(path, `${path}.${process.pid}-${randomUUID()}.tmp`, parts);
  } catch (cause) {
    if (cause instanceof DiffusionError) throw cause;
    throw new DiffusionError('RXD_STORE_WRITE', {
      problem: `cannot write ${path}: ${messageOf(cause)}`,
      fix: 'check the path, its permissions and the space left',
      cause,
    });
  }
}

/**
 * The parts go to a temporary file, then fsync, then rename, then fsync of the folder.
 *
 * @param temporary - the path of the temporary file, in the same folder
 * @throws what Node, or the parts, throw; the old bytes are then still there, and the temporary file is not
 */
export async function replaceBy(
  path: string,
  temporary: string,
  parts: Parts,
  system: WritingFileSystem = fs,
): Promise<void> {
  try {
    const file = await system.open(temporary, 'wx');
    try {
      // At the end of what is there: Node writes all of each part.
      for await (const part of parts) await file.writeFile(part);
      await file.sync();
    } finally {
      await file.close();
    }
    await system.rename(temporary, path);
  } catch (error) {
    await system.rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path), system);
}

/** Makes the rename itself safe. Windows cannot open folders, and needs no such step. */
async function syncFolder(path: string, system: WritingFileSystem): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await system.open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
