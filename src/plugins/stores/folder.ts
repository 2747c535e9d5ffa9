import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { z } from 'zod';
import type { ByteSource, Store } from '../../core/contracts/store.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { makeFolder } from '../../core/files/make-folder.js';
import {
  MAX_FILE_BYTES,
  openRegularFile,
  readRegularFile,
  type ReadingFileSystem,
} from '../../core/files/regular-file.js';
import { replaceBy, type Parts, type WritingFileSystem } from '../../core/files/replace-file.js';
import { inParts } from '../../core/storage/in-parts.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
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
export type FileSystem = ReadingFileSystem & WritingFileSystem & Pick<typeof fs, 'mkdir' | 'readdir'>;

/**
 * Keeps entries as files of one folder, which a run locks. A file is replaced as a whole, so that a process that ends
 * leaves no half of one. Node only. Source: this package.
 * When: checkpoints must outlive the process.
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
  const limits = { within: path, maxBytes: MAX_FILE_BYTES };
  const unread = (name: string, cause: unknown): DiffusionError =>
    failed('RXD_STORE_READ', `cannot read ${join(path, name)}`, cause);
  const write = async (name: string, parts: Parts): Promise<void> => {
    checkEntryName(name, 'RXD_STORE_WRITE');
    try {
      await (opened ??= openFolder(path, system));
      await replace(path, name, parts, system);
    } catch (cause) {
      opened = undefined;
      throw failed('RXD_STORE_WRITE', `cannot write ${join(path, name)}`, cause);
    }
  };
  const whole: Store = {
    async read(name) {
      checkEntryName(name, 'RXD_STORE_READ');
      try {
        return await readRegularFile(join(path, name), limits, system);
      } catch (cause) {
        throw unread(name, cause);
      }
    },
    write: (name, bytes) => write(name, [bytes]),
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
        await makeFolder(path, system);
        return await lockFolder(path);
      } catch (cause) {
        throw failed('RXD_STORE_WRITE', `cannot lock ${path}`, cause);
      }
    },
  };
  return inParts(whole, {
    async open(name) {
      checkEntryName(name, 'RXD_STORE_READ');
      try {
        const file = await openRegularFile(join(path, name), limits, system);
        const read: ByteSource['read'] = (...asked) =>
          file.read(...asked).catch((cause) => Promise.reject(unread(name, cause)));
        return { ...file, read };
      } catch (cause) {
        throw unread(name, cause);
      }
    },
    writeParts: write,
  });
}

async function openFolder(path: string, system: FileSystem): Promise<void> {
  await makeFolder(path, system);
  const left = (await system.readdir(path)).filter((name) => TEMPORARY.test(name) && !isAlive(name));
  await Promise.all(left.map((name) => system.rm(join(path, name), { force: true })));
}

async function replace(path: string, name: string, parts: Parts, system: FileSystem): Promise<void> {
  const temporary = `.${name}.${written++}-${threadId}.${process.pid}.tmp`;
  underWay.add(temporary);
  try {
    await replaceBy(join(path, name), join(path, temporary), parts, system);
  } finally {
    underWay.delete(temporary);
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
