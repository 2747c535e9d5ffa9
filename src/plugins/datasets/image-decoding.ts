import type SharpFunction from 'sharp';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { messageOf } from '../../core/errors/format-value.js';
import { readRegularFile } from '../../core/files/regular-file.js';

/** What every picture becomes. */
export interface DecodingTarget {
  /** Height, width. */
  readonly size: readonly [number, number];
  readonly channels: 1 | 3;
  readonly fit: 'cover' | 'contain' | 'fill';
  /** Most pixels of a picture as it is in its file. */
  readonly maxPixels: number;
}

type Sharp = typeof SharpFunction;

/** Formats that a picture of a dataset may have: sharp knows others too, some of which name further files. */
const FORMATS: ReadonlySet<string> = new Set(['png', 'jpeg', 'webp', 'gif', 'heif', 'tiff']);

/** Most bytes of one file. */
const MAX_BYTES = 256 * 1024 ** 2;

/** Most bytes of all decoded pictures together. */
const MAX_TOTAL = 8 * 1024 ** 3;

/** Pictures that are decoded at the same time where they are small. */
const AT_ONCE = 8;

/** A picture that has been opened and asked for its size, and not decoded yet. */
interface Opened {
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly pixels: number;
}

/**
 * Decodes pictures to bytes, one after another `[height, width, channels]`: turned upright, transparent parts on
 * white, resized with a Lanczos filter.
 *
 * @param folder - links that lead out of it are refused
 * @throws DiffusionError `RXD_DATASET_INVALID` at a file that cannot be decoded, `RXD_FILE_REFUSED` at one that is no
 * regular file in the folder or has too many pixels, `RXD_DEPENDENCY_MISSING` without sharp.
 */
export async function decodeImages(
  files: readonly string[],
  folder: string,
  target: DecodingTarget,
): Promise<Uint8Array> {
  const sharp = await loadSharp();
  const length = target.size[0] * target.size[1] * target.channels;
  if (files.length * length > MAX_TOTAL) throw tooManyBytes(folder, files.length, length);
  const all = new Uint8Array(files.length * length);
  let waiting: Opened[] = [];
  let done = 0;
  const decodeWaiting = async (): Promise<void> => {
    const decoded = await Promise.all(waiting.map((opened) => decode(sharp, opened, target)));
    decoded.forEach((bytes, i) => all.set(bytes, (done + i) * length));
    done += waiting.length;
    waiting = [];
  };
  for (const file of files) {
    const opened = await open(sharp, file, folder, target.maxPixels);
    const pixels = waiting.reduce((sum, one) => sum + one.pixels, opened.pixels);
    if (waiting.length === AT_ONCE || pixels > target.maxPixels) await decodeWaiting();
    waiting.push(opened);
  }
  await decodeWaiting();
  return all;
}

/**
 * Loads the optional package sharp.
 *
 * @param load - How to import it; given by tests only.
 * @throws DiffusionError `RXD_DEPENDENCY_MISSING` if it is not installed.
 */
export async function loadSharp(load = () => import('sharp')): Promise<Sharp> {
  try {
    return (await load()).default;
  } catch (cause) {
    throw new DiffusionError('RXD_DEPENDENCY_MISSING', {
      problem: 'reading pictures needs the optional package sharp.',
      fix: 'npm install sharp',
      plugin: 'dataset/image-folder',
      cause,
    });
  }
}

/** Height and width of a picture that stands upright. Throws as `decodeImages` does. */
export async function pictureSize(
  file: string,
  folder: string,
  maxPixels: number,
): Promise<readonly [height: number, width: number]> {
  const sharp = await loadSharp();
  const { bytes } = await open(sharp, file, folder, maxPixels);
  const { width, height, orientation = 1 } = await metadataOf(sharp, file, bytes);
  return orientation > 4 ? [width, height] : [height, width];
}

/** Reads a file and asks for its size, before memory is taken for its pixels. */
async function open(sharp: Sharp, file: string, folder: string, maxPixels: number): Promise<Opened> {
  const bytes = await readRegularFile(file, { within: folder, maxBytes: MAX_BYTES }).catch((cause: unknown) => {
    throw cause instanceof DiffusionError ? cause : undecodable(file, cause);
  });
  const { format, width, height } = await metadataOf(sharp, file, bytes);
  if (!FORMATS.has(format)) throw wrongFormat(file, format);
  if (width * height > maxPixels) throw tooManyPixels(file, [height, width], maxPixels);
  return { file, bytes, pixels: width * height };
}

/** sharp refuses some input when it is handed over, as that without any byte. */
async function metadataOf(sharp: Sharp, file: string, bytes: Uint8Array) {
  try {
    return await sharp(bytes, { limitInputPixels: false }).metadata();
  } catch (cause) {
    throw undecodable(file, cause);
  }
}

async function decode(sharp: Sharp, { file, bytes }: Opened, target: DecodingTarget): Promise<Uint8Array> {
  const { size, channels, fit, maxPixels } = target;
  const [height, width] = size;
  try {
    const picture = sharp(bytes, { limitInputPixels: maxPixels });
    const upright = picture.rotate().flatten({ background: '#ffffff' });
    const resized = upright.resize({ height, width, fit, background: '#000000' });
    const coloured = channels === 1 ? resized.grayscale() : resized.toColourspace('srgb');
    const { data, info } = await coloured.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    return channels === info.channels ? data : data.filter((_, i) => i % info.channels === 0);
  } catch (cause) {
    throw undecodable(file, cause);
  }
}

function undecodable(file: string, cause: unknown): DiffusionError {
  return new DiffusionError('RXD_DATASET_INVALID', {
    problem: `the picture ${file} cannot be decoded.`,
    got: messageOf(cause),
    expected: 'a whole picture',
    fix: 'repair the file or take it out of the folder.',
    plugin: 'dataset/image-folder',
    cause,
  });
}

function wrongFormat(file: string, format: string): DiffusionError {
  return new DiffusionError('RXD_FORMAT_UNSUPPORTED', {
    problem: `the picture ${file} has a format that is not read.`,
    got: format,
    expected: [...FORMATS].join(', '),
    fix: 'the file is whole: convert it to PNG, or take it out of the folder.',
    plugin: 'dataset/image-folder',
  });
}

function tooManyPixels(file: string, size: readonly number[], most: number): DiffusionError {
  return new DiffusionError('RXD_FILE_REFUSED', {
    problem: `the picture ${file} has more pixels than is allowed.`,
    got: `${size.join(' x ')} pixels`,
    expected: `at most ${most} pixels`,
    fix: 'make the picture smaller, or raise `maxPixels`.',
    plugin: 'dataset/image-folder',
  });
}

function tooManyBytes(folder: string, count: number, length: number): DiffusionError {
  const megabytes = (bytes: number): string => (bytes / 1024 ** 2).toFixed(0);
  return new DiffusionError('RXD_DATASET_INVALID', {
    problem: `the pictures of ${folder} do not fit into memory.`,
    got: `${count} pictures of ${length} bytes: ${megabytes(count * length)} MB`,
    expected: `at most ${megabytes(MAX_TOTAL)} MB`,
    fix: 'choose a smaller `size`, or fewer pictures.',
    plugin: 'dataset/image-folder',
  });
}
