import type { FloatImages, ImageBatch, PixelImages } from '../contracts/images.js';
import { DiffusionError } from '../errors/diffusion-error.js';

/** Images that are still rows of numbers, not encoded files. */
export type RasterImages = FloatImages | PixelImages;

const BEFORE_ENCODING = 'put it before the post-processor that encodes files.';

/**
 * The batch as floats.
 *
 * @param plugin - `role/name` of who asks, for the error.
 * @throws DiffusionError `RXD_IMAGES_INVALID` if it is of another kind or its shape does not fit its data.
 */
export function expectFloats(batch: ImageBatch, plugin: string): FloatImages {
  if (batch.kind !== 'float')
    throw wrongKind(batch.kind, 'float', 'put it before `to-pixels` in the list of post-processors.', plugin);
  checkShape(batch, plugin);
  return batch;
}

/** The batch as bytes; the twin of `expectFloats`. */
export function expectPixels(batch: ImageBatch, plugin: string): PixelImages {
  if (batch.kind !== 'pixels') {
    const fix = batch.kind === 'float' ? 'put the post-processor `to-pixels` before it.' : BEFORE_ENCODING;
    throw wrongKind(batch.kind, 'pixels', fix, plugin);
  }
  checkShape(batch, plugin);
  return batch;
}

/** The batch as floats or bytes, whichever it is; encoded files are refused as in `expectFloats`. */
export function expectRaster(batch: ImageBatch, plugin: string): RasterImages {
  if (batch.kind === 'files') {
    throw wrongKind('files', 'float or pixels', BEFORE_ENCODING, plugin);
  }
  checkShape(batch, plugin);
  return batch;
}

/**
 * Checks that the four sizes are positive integers and that the data are as long as they say.
 *
 * @throws DiffusionError `RXD_IMAGES_INVALID`
 */
export function checkShape(images: RasterImages, plugin?: string): void {
  const { shape, data } = images;
  const product = shape.reduce((size, dimension) => size * dimension, 1);
  const whole = shape.length === 4 && shape.every((dimension) => Number.isInteger(dimension) && dimension > 0);
  if (whole && product === data.length) return;
  throw new DiffusionError('RXD_IMAGES_INVALID', {
    problem: 'the shape of the images does not fit their data.',
    got: `shape [${shape.join(', ')}] and ${data.length} numbers`,
    expected: '[count, height, width, channels] of positive integers whose product is the number of numbers',
    fix: 'give the shape that the data have, channels last; the frames of films are images of their own.',
    ...(plugin === undefined ? {} : { plugin }),
  });
}

function wrongKind(got: string, expected: string, fix: string, plugin: string): DiffusionError {
  return new DiffusionError('RXD_IMAGES_INVALID', {
    problem: 'cannot take images of this kind.',
    got,
    expected,
    fix,
    plugin,
  });
}
