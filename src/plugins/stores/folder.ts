import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { z } from 'zod';
import type { Store } from '../../core/contracts/store.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { MAX_FILE_BYTES, readRegularFile, type ReadingFileSystem } from '../../core/files/regular-file.js';
import { definePlugin } from '../../core/plugins/define-plugin.js';
import { Roles } from '../../core/plugins/roles.js';
import { checkEntryName, isEntryName } from './entry-name.js';
import { messageOf } from '../../core/errors/format-value.js';
import { lockFolder } from './folder-lock.js';

const config = z.strictObject({ path: z.string().min(1).describe('the folder; made where it is missing') });

/** `.entry.number-thread.process.tmp` */
const TEMPORARY = /^\.[A-Za-z0-9][A-Za-z0-9._-]*?(?:-(\d+))?\.(\d+)\.tmp$/;

/** Names of temporaries that this thread writes now; those of an earlier process may bear the same process number. */
const underWay = new Set<string>();
let written = 0;

/** The file operations that a store needs; tests put failing ones in their place. */
export type FileSystem = ReadingFileSystem & Pick<typeof fs, 'mkdir' | 'readdir' | 'rename' | 'rm'>;

/**
 * Keeps entries as files of one folder. Node only. When: checkpoints must outlive the process.
 */
export const folder = definePlugin({
  role: Roles.store,
  name: 'folder',
  summary: 'Keeps entries as files of one folder.',
  reference: 'This package',
  tags: { runs: 'Node', when: 'checkpoints must outlive the process' },
  config,
  create: ({ config: { path } }) => folderStore(path),
});

/**
 * A store over a folder. `write` goes to a temporary file, then fsync, then rename, then fsync of the folder: at every
 * instant the old bytes or the new ones are there. Temporaries that a killed process left are removed at the first write.
 * Devices, FIFOs and links out of the folder are not read (`RXD_FILE_REFUSED`).
 */
export function folderStore(path: string, system: FileSystem = fs): Store {
  let opened: Promise<void> | undefined;
  const open = (): Promise<void> => (opened ??= openFolder(path, system));
  return {
    async read(name) {
      checkEntryName(name, 'RXD_STORE_READ');
      try {
        return await readRegularFile(join(path, name), { within: path, maxBytes: MAX_FILE_BYTES }, system);
      } catch (cause) {
        throw failed('RXD_STORE_READ', `cannot read ${join(path, name)}`, cause);
      }
    },
    async write(name, bytes) {
      checkEntryName(name, 'RXD_STORE_WRITE');
      try {
        await open();
        await replace(path, name, bytes, system);
      } catch (cause) {
        opened = undefined;
        throw failed('RXD_STORE_WRITE', `cannot write ${join(path, name)}`, cause);
      }
    },
    async list() {
      try {
        const there = await system.readdir(path, { withFileTypes: true });
        return there
          .filter((entry) => (entry.isFile() || entry.isSymbolicLink()) && isEntryName(entry.name))
          .map(({ name }) => name)
          .toSorted();
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
        throw failed('RXD_STORE_READ', `cannot list ${path}`, cause);
      }
    },
    async remove(name) {
      checkEntryName(name, 'RXD_STORE_WRITE');
      try {
        await system.rm(join(path, name), { force: true });
      } catch (cause) {
        throw failed('RXD_STORE_WRITE', `cannot remove ${join(path, name)}`, cause);
      }
    },
    async lock() {
      try {
        await system.mkdir(path, { recursive: true });
        return await lockFolder(path);
      } catch (cause) {
        throw failed('RXD_STORE_WRITE', `cannot lock ${path}`, cause);
      }
    },
  };
}

async function openFolder(path: string, system: FileSystem): Promise<void> {
  await system.mkdir(path, { recursive: true });
  const left = (await system.readdir(path)).filter((name) => TEMPORARY.test(name) && !isAlive(name));
  await Promise.all(left.map((name) => system.rm(join(path, name), { force: true })));
}

async function replace(path: string, name: string, bytes: Uint8Array, system: FileSystem): Promise<void> {
  const temporaryName = `.${name}.${written++}-${threadId}.${process.pid}.tmp`;
  const temporary = join(path, temporaryName);
  underWay.add(temporaryName);
  try {
    const file = await system.open(temporary, 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await system.rename(temporary, join(path, name));
  } catch (error) {
    await system.rm(temporary, { force: true });
    throw error;
  } finally {
    underWay.delete(temporaryName);
  }
  await syncFolder(path, system);
}

/** Makes the rename itself safe. Windows cannot open folders, and needs no such step. */
async function syncFolder(path: string, system: FileSystem): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await system.open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Whether the process that a temporary is named after still runs; what other threads of this one write is theirs. */
function isAlive(temporary: string): boolean {
  const [, thread, number] = TEMPORARY.exec(temporary) ?? [];
  const pid = Number(number);
  const isOwn = thread === undefined || Number(thread) === threadId;
  if (pid === process.pid) return !isOwn || underWay.has(temporary);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function failed(code: 'RXD_STORE_READ' | 'RXD_STORE_WRITE', problem: string, cause: unknown): DiffusionError {
  if (cause instanceof DiffusionError) return cause;
  const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown';
  return new DiffusionError(code, {
    problem: `${problem}: ${messageOf(cause)}`,
    got: reason,
    fix:
      reason === 'ENOSPC'
        ? 'free some space; what was written before is still there'
        : 'check the path and its permissions',
    cause,
  });
}
