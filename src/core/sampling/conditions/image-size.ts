import { imageShapeOf } from '../../codec/codec-shapes.js';
import type { ConditionContext } from '../../contracts/conditioning.js';
import type { Codec } from '../../contracts/codec.js';

/**
 * Height and width of the images of a run in pixels; nothing where samples have neither.
 *
 * @param shape - of the samples of the run, `[N, ...sampleShape]`
 * @param codec - where samples are latents
 */
export function imageSizeOf(shape: readonly number[], codec: Codec | undefined): ConditionContext['imageSize'] {
  const sample = shape.slice(1);
  const image = codec ? imageShapeOf(codec.info, sample) : sample;
  const [height, width] = image.slice(-3);
  return image.length < 3 || height === undefined || width === undefined ? undefined : [height, width];
}
