import type { ImageBatch } from './images.js';

/**
 * One stage after sampling: upscale, sheet, to-pixels, png … It works on plain data, so nothing can leak.
 *
 * Laws (`postProcessorLaws`): pure; the input is not changed; a kind of batch that it cannot take is a typed error.
 */
export interface PostProcessor {
  /** Another batch. Throws `RXD_IMAGES_INVALID` for a kind of batch that it does not take. */
  process(batch: ImageBatch): ImageBatch | Promise<ImageBatch>;
}
