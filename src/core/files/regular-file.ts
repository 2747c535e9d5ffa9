import * as fs from 'node:fs/promises';
import { isAbsolute, relative, sep } from 'node:path';
import type { BigIntStats } from 'node:fs';
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
 * Reads a regular file: what was opened is checked, not what its name stood for before. Devices, FIFOs, sockets, links
 * out of the folder, hard links (nobody knows where the other name is) and files that are too large are refused before
 * memory is taken. Hard links are refused where the file is to be of a folder.
 *
 * @throws DiffusionError `RXD_FILE_REFUSED`; what Node throws where the file cannot be opened or read
 */
export async function readRegularFile(
  path: string,
  limits: FileLimits,
  system: ReadingFileSystem = fs,
): Promise<Uint8Array> {
  // Asked by name first: to open a device may already do something.
  const isOfFolder = limits.within !== undefined;
  checkKind(path, await system.stat(path, { bigint: true }), isOfFolder);
  const file = await system.open(path, FLAGS);
  try {
    const info = await file.stat({ bigint: true });
    checkKind(path, info, isOfFolder);
    if (limits.within !== undefined) await checkPlace(path, limits.within, info, system);
    if (info.size > BigInt(limits.maxBytes)) throw tooLarge(path, info.size, limits.maxBytes);
    return await bytesOf(file, Number(info.size));
  } finally {
    await file.close();
  }
}

async function bytesOf(file: fs.FileHandle, size: number): Promise<Uint8Array> {
  // A folder has a size too; reading it fails with EISDIR.
  const bytes = new Uint8Array(Math.max(size, 1));
  let at = 0;
  while (at < bytes.length) {
    const { bytesRead } = await file.read(bytes, at, Math.min(bytes.length - at, CHUNK), at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return at === bytes.length ? bytes : bytes.slice(0, at);
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
