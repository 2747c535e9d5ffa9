import type SharpFunction from 'sharp';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { messageOf } from '../../core/errors/format-value.js';

/** What every picture becomes. */
export interface DecodingTarget {
  /** Height, width. */
  readonly size: readonly [number, number];
  readonly channels: 1 | 3;
  readonly fit: 'cover' | 'contain' | 'fill';
}

type Sharp = typeof SharpFunction;

const AT_ONCE = 8;

/**
 * Decodes pictures to bytes, one after another `[height, width, channels]`: turned upright, transparent parts on
 * white, resized with a Lanczos filter.
 *
 * @throws DiffusionError `RXD_DATASET_INVALID` at a file that cannot be decoded, `RXD_DEPENDENCY_MISSING` without sharp.
 */
export async function decodeImages(files: readonly string[], target: DecodingTarget): Promise<Uint8Array> {
  const sharp = await loadSharp();
  const length = target.size[0] * target.size[1] * target.channels;
  const all = new Uint8Array(files.length * length);
  for (let from = 0; from < files.length; from += AT_ONCE) {
    const group = files.slice(from, from + AT_ONCE);
    const decoded = await Promise.all(group.map((file) => decode(sharp, file, target)));
    decoded.forEach((bytes, i) => all.set(bytes, (from + i) * length));
  }
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

async function decode(sharp: Sharp, file: string, { size, channels, fit }: DecodingTarget): Promise<Uint8Array> {
  const [height, width] = size;
  try {
    const upright = sharp(file).rotate().flatten({ background: '#ffffff' });
    const resized = upright.resize({ height, width, fit, background: '#000000' });
    const coloured = channels === 1 ? resized.grayscale() : resized.toColourspace('srgb');
    const { data, info } = await coloured.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    return channels === info.channels ? data : data.filter((_, i) => i % info.channels === 0);
  } catch (cause) {
    throw new DiffusionError('RXD_DATASET_INVALID', {
      problem: `the picture ${file} cannot be decoded.`,
      got: messageOf(cause),
      expected: 'a whole picture',
      fix: 'repair the file or take it out of the folder.',
      plugin: 'dataset/image-folder',
      cause,
    });
  }
}
