import type { FloatImages, PixelImages } from '../contracts/images.js';
import { DiffusionError } from '../errors/diffusion-error.js';

/**
 * Floats in [-1, 1] as bytes: `floor((x + 1) * 127.5 + 0.5)`, clamped to 0 … 255. So -1 gives 0, 0 gives 128, 1 gives 255.
 *
 * @param plugin - `role/name` of who asks, for the error.
 * @throws DiffusionError `RXD_IMAGES_INVALID` at NaN or infinity, naming the first image that holds one.
 */
export function toPixels(images: FloatImages, plugin?: string): PixelImages {
  const data = new Uint8Array(images.data.length);
  for (let i = 0; i < data.length; i += 1) {
    const value = images.data[i] ?? Number.NaN;
    if (!Number.isFinite(value)) throw notFinite(images, i, value, plugin);
    data[i] = byteOf((value + 1) * 127.5);
  }
  return { kind: 'pixels', shape: images.shape, data };
}

/** The nearest byte, halves up, clamped to 0 … 255. */
export function byteOf(value: number): number {
  return Math.min(255, Math.max(0, Math.floor(value + 0.5)));
}

function notFinite(images: FloatImages, at: number, value: number, plugin?: string): DiffusionError {
  const [, height, width, channels] = images.shape;
  return new DiffusionError('RXD_IMAGES_INVALID', {
    problem: `image ${Math.floor(at / (height * width * channels))} holds a value that is not a number.`,
    got: String(value),
    expected: 'finite numbers, meant to lie in [-1, 1]',
    fix: 'look for the step that first made it: a learning rate that is too high, or a schedule that divides by 0.',
    ...(plugin === undefined ? {} : { plugin }),
  });
}
