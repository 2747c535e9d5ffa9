import { dirname } from 'node:path';
import type { FloatImages } from '../../core/contracts/images.js';
import { decodeImages, pictureSize } from './image-decoding.js';

/** How a picture is read. */
export interface ReadImageOptions {
  /** Height and width that it is resized to; its own where absent. */
  readonly size?: readonly [height: number, width: number];
  /** 1 for grey, as masks are; 3 where absent. */
  readonly channels?: 1 | 3;
  /** Its own height and width are rounded down to multiples of these, where `size` is absent: the pixels of a cell of latents. */
  readonly multipleOf?: readonly [height: number, width: number];
}

/** More pixels than any network takes. */
const MAX_PIXELS = 2 ** 28;

/**
 * Reads a picture (PNG, JPEG, WebP, …) as an image in [-1, 1], `[1, height, width, channels]`: turned upright, transparent parts on
 * white. What a run starts from (`startFrom`), keeps (`inpaint`) or is steered by. Needs the optional package `sharp`.
 *
 * @throws DiffusionError `RXD_DATASET_INVALID` for what cannot be decoded, `RXD_FILE_REFUSED`, `RXD_FORMAT_UNSUPPORTED`,
 * `RXD_DEPENDENCY_MISSING`
 */
export async function readImage(
  path: string,
  { size, channels = 3, multipleOf = [1, 1] }: ReadImageOptions = {},
): Promise<FloatImages> {
  const [height, width] = size ?? (await ownSize(path, multipleOf));
  const target = { size: [height, width], channels, fit: 'fill', maxPixels: MAX_PIXELS } as const;
  const bytes = await decodeImages([path], dirname(path), target);
  return {
    kind: 'float',
    shape: [1, height, width, channels],
    data: Float32Array.from(bytes, (value) => value / 127.5 - 1),
  };
}

async function ownSize(path: string, [rows, columns]: readonly [number, number]): Promise<readonly [number, number]> {
  const [height, width] = await pictureSize(path, dirname(path), MAX_PIXELS);
  const rounded = (side: number, unit: number): number => Math.max(1, Math.floor(side / unit)) * unit;
  return [rounded(height, rows), rounded(width, columns)];
}
