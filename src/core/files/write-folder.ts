import { randomUUID } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { DiffusionError } from '../errors/diffusion-error.js';
import { messageOf } from '../errors/format-value.js';
import type { WriteFolder } from '../storage/model-folder.js';
import { makeFolder } from './make-folder.js';
import { replaceFile } from './replace-file.js';

/**
 * Writes a new folder: its files go to a temporary one beside it, which gets the name when all of them are there. A folder of this
 * name that has something in it is left as it is.
 *
 * @throws DiffusionError `RXD_STORE_WRITE`; what the files throw. Nothing is there then
 * @example
 * await writePipeline(writeFolder('my-model'), model);
 */
export function writeFolder(folder: string): WriteFolder {
  return async (files) => {
    const whole = resolve(folder);
    const temporary = `${whole}.${process.pid}-${randomUUID()}.tmp`;
    try {
      await refuseFull(whole);
      await makeFolder(dirname(whole));
      for await (const { path, parts } of files) await replaceFile(join(temporary, path), parts);
      await refuseFull(whole);
      // Windows renames over no folder, be it empty.
      await rm(whole, { recursive: true, force: true });
      await rename(temporary, whole);
    } catch (cause) {
      await rm(temporary, { recursive: true, force: true });
      if (cause instanceof DiffusionError) throw cause;
      throw new DiffusionError('RXD_STORE_WRITE', {
        problem: `cannot write ${folder}: ${messageOf(cause)}`,
        fix: 'check the path, its permissions and the space left',
        cause,
      });
    }
  };
}

async function refuseFull(folder: string): Promise<void> {
  const there = await entriesOf(folder);
  if (there.length === 0) return;
  throw new DiffusionError('RXD_STORE_WRITE', {
    problem: `${folder} is there already, and is not written over`,
    got: `a folder with ${there.slice(0, 3).join(', ')}${there.length > 3 ? ', …' : ''}`,
    expected: 'a name that is free, or an empty folder',
    fix: 'choose another name, or remove what is there',
  });
}

/** What lies in a folder; nothing where there is none. */
async function entriesOf(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
