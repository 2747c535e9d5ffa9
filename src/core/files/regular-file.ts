import * as fs from 'node:fs/promises';
import { isAbsolute, relative, sep } from 'node:path';
import type { BigIntStats } from 'node:fs';
import type { ByteSource } from '../contracts/store.js';
import { DiffusionError } from '../errors/diffusion-error.js';

/** Most bytes of a file of numbers, where nothing else is asked for: 4 GiB. */
export const MAX_FILE_BYTES = 4 * 1024 ** 3;

/** Most bytes of a file of settings: far more than any recipe or config has. */
export const MAX_TEXT_BYTES = 1024 ** 2;

/** What may be read. */
export interface FileLimits {
  /** The folder that the file must lie in: links that lead out of it are refused. */
  readonly within?: string;
  readonly maxBytes: number;
}

/** The file operations that reading needs; tests put failing ones in their place. */
export type ReadingFileSystem = Pick<typeof fs, 'open' | 'stat' | 'lstat' | 'realpath'>;

/** Opening a FIFO must not wait for its writer, and a terminal must not become that of the process. Windows has neither. */
const FLAGS = fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0) | (fs.constants.O_NOCTTY ?? 0);

/** Most bytes that one call reads. */
const CHUNK = 2 ** 30;

/**
 * Opens a regular file to read it in parts: what was opened is checked, not what its name stood for before. Devices, FIFOs,
 * sockets, links out of the folder, hard links (nobody knows where the other name is) and files that are too large are
 * refused. Hard links are refused where the file is to be of a folder.
 *
 * @throws DiffusionError `RXD_FILE_REFUSED`; what Node throws where the file cannot be opened, or read later
 */
export async function openRegularFile(
  path: string,
  limits: FileLimits,
  system: ReadingFileSystem = fs,
): Promise<Required<ByteSource>> {
  // Asked by name first: to open a device may already do something.
  const isOfFolder = limits.within !== undefined;
  checkKind(path, await system.stat(path, { bigint: true }), isOfFolder);
  const file = await system.open(path, FLAGS);
  try {
    const info = await file.stat({ bigint: true });
    checkKind(path, info, isOfFolder);
    if (limits.within !== undefined) await checkPlace(path, limits.within, info, system);
    if (info.size > BigInt(limits.maxBytes)) throw tooLarge(path, info.size, limits.maxBytes);
    return sourceOf(file, Number(info.size));
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * Reads a regular file whole: see `openRegularFile`.
 *
 * @throws DiffusionError `RXD_FILE_REFUSED` before memory is taken; what Node throws where the file cannot be read
 */
export async function readRegularFile(
  path: string,
  limits: FileLimits,
  system: ReadingFileSystem = fs,
): Promise<Uint8Array> {
  const file = await openRegularFile(path, limits, system);
  try {
    // A folder has a size too; reading it fails with EISDIR.
    return await file.read(0, Math.max(file.size, 1));
  } finally {
    await file.close();
  }
}

/** A file that was cut off meanwhile gives fewer bytes. */
function sourceOf(file: fs.FileHandle, size: number): Required<ByteSource> {
  let closing: Promise<void> | undefined;
  return {
    size,
    async read(offset, length, into = new Uint8Array(length)) {
      let at = 0;
      while (at < length) {
        const { bytesRead } = await file.read(into, at, Math.min(length - at, CHUNK), offset + at);
        if (bytesRead === 0) break;
        at += bytesRead;
      }
      return at === into.length ? into : into.subarray(0, at);
    },
    close: () => (closing ??= file.close()),
  };
}

/** A folder passes: to read it is an error of its own. */
function checkKind(path: string, info: BigIntStats, isOfFolder: boolean): void {
  if (info.isDirectory() || (info.isFile() && (info.nlink <= 1n || !isOfFolder))) return;
  const kind = info.isFIFO()
    ? 'a FIFO'
    : info.isSocket()
      ? 'a socket'
      : info.isFile()
        ? `a file with ${info.nlink} names (hard links)`
        : 'a device';
  throw refused(path, kind, 'a regular file with one name', 'copy the content to a file of its own');
}

async function checkPlace(path: string, within: string, info: BigIntStats, system: ReadingFileSystem): Promise<void> {
  const [real, root] = await Promise.all([system.realpath(path), system.realpath(within)]);
  const inside = relative(root, real);
  const leadsOut = inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside);
  const found = await system.lstat(real, { bigint: true });
  if (!leadsOut && found.ino === info.ino && found.dev === info.dev) return;
  throw refused(
    path,
    leadsOut ? 'a link out of the folder' : 'a file that was replaced meanwhile',
    `a file inside of ${within}`,
    'copy the file to where the link is (cp -rL copies a folder so)',
  );
}

function tooLarge(path: string, size: bigint, limit: number): DiffusionError {
  const megabytes = (bytes: number): string => `${(bytes / 1024 ** 2).toFixed(1)} MB`;
  return refused(
    path,
    megabytes(Number(size)),
    `at most ${megabytes(limit)}`,
    'check that it is the file that you mean; where the limit is an option, raise it',
  );
}

function refused(path: string, got: string, expected: string, fix: string): DiffusionError {
  return new DiffusionError('RXD_FILE_REFUSED', { problem: `${path} is not read`, got, expected, fix });
}
