import * as fs from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DiffusionError } from '../../core/errors/diffusion-error.js';

/** Hidden: a store does not list it. */
const NAME = '.lock';

/** Who has a folder, for the error of another. */
const OWNER = `process ${process.pid} on ${hostname()}`;

/** Files whose locks are held: one that nobody held on to would be closed with the garbage, and its lock be gone. */
const held = new Set<fs.FileHandle>();

type LockFile = (fd: number) => boolean;

/**
 * Takes a folder for one writer by a lock of the operating system on a file in it: it holds between processes and
 * between threads, and ends with the process, however that ends.
 *
 * @returns gives the folder back
 * @throws DiffusionError `RXD_STORE_LOCKED` where another has it; what Node throws where the folder cannot be written
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const lock = await lockOfSystem();
  const path = join(folder, NAME);
  for (;;) {
    // Without O_EXCL, since it may be there, a link could lead elsewhere: it is not followed.
    const file = await fs.open(path, fs.constants.O_RDWR | fs.constants.O_CREAT | (fs.constants.O_NOFOLLOW ?? 0));
    try {
      await refuseForeign(path, file);
      if (!lock(file.fd)) throw taken(folder, await readOwner(path));
      if (await isStill(path, file)) {
        await file.truncate();
        await file.write(OWNER, 0);
        held.add(file);
        return () => giveBack(path, file);
      }
    } catch (error) {
      await file.close();
      throw error;
    }
    // Another had it, and took the file away when it gave the folder back: the lock is on nothing now.
    await file.close();
  }
}

/** A lock is a file of the folder's own: writing into one that has another name too would write over somebody's data. */
async function refuseForeign(path: string, file: fs.FileHandle): Promise<void> {
  const status = await file.stat();
  if (status.isFile() && status.nlink <= 1) return;
  throw new DiffusionError('RXD_FILE_REFUSED', {
    problem: `the lock ${path} is not a file of this folder alone`,
    got: status.isFile() ? `a file with ${status.nlink} names` : 'no regular file',
    expected: 'a regular file with one name, or none',
    fix: 'remove it, or choose another folder',
  });
}

/** The file goes first, while the lock still holds. */
async function giveBack(path: string, file: fs.FileHandle): Promise<void> {
  try {
    await fs.rm(path, { force: true });
  } finally {
    held.delete(file);
    await file.close();
  }
}

async function isStill(path: string, file: fs.FileHandle): Promise<boolean> {
  const opened = await file.stat({ bigint: true });
  try {
    const there = await fs.lstat(path, { bigint: true });
    return there.ino === opened.ino && there.dev === opened.dev;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

let warned = false;

/** The lock of the operating system; where the package has no build for the platform, a warning, once, and no lock. */
async function lockOfSystem(): Promise<LockFile> {
  try {
    const extensions = (await import('fs-native-extensions')).default;
    return (fd) => extensions.tryLock(fd);
  } catch (error) {
    if (!warned) console.warn(`rxdiffusion: folders cannot be locked here: ${String(error)}`);
    warned = true;
    return () => true;
  }
}

/** Windows lets nobody read a locked file. */
async function readOwner(path: string): Promise<string> {
  try {
    return (await fs.readFile(path, 'utf8')).slice(0, 200) || 'another run';
  } catch {
    return 'another run';
  }
}

function taken(folder: string, owner: string): DiffusionError {
  return new DiffusionError('RXD_STORE_LOCKED', {
    problem: `a run writes to ${folder} already`,
    got: owner,
    expected: 'a folder that one run at a time writes to',
    fix: 'wait for its end, or give this run another folder',
  });
}
