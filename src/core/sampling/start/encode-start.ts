import { imageShapeOf } from '../../codec/codec-shapes.js';
import { latentMask, nearestMask } from '../../codec/latent-mask.js';
import type { Inpaint, SampleRequest, StartFrom } from '../sample-request.js';
import { seedsOf } from '../sample-request.js';
import { cleanBatch } from './clean-batch.js';
import { imageEncoder, type EncodeStartParts } from './image-encoder.js';
import { keptRegion, type KeptRegion } from './inpaint.js';

/** The images of a request as latents. */
export interface EncodedStart {
  readonly startFrom?: StartFrom | undefined;
  readonly inpaint?: Inpaint | undefined;
  /** What is kept, in pixels. */
  readonly pixels?: KeptRegion | undefined;
}

/**
 * Encodes the images that a request starts from or keeps. A cell of latents is made anew where one of its pixels is
 * (`blended`: where the nearest is). All of it is plain data, so that nothing is left where it fails or is cancelled.
 *
 * @param latentShape - of one sample of the run
 * @throws DiffusionError `RXD_REQUEST_INVALID` for images that do not fit, and what `encodedImages` throws
 */
export async function encodeStart(
  parts: EncodeStartParts,
  request: SampleRequest,
  latentShape: readonly number[],
  cancelled: () => boolean,
): Promise<EncodedStart> {
  const { startFrom, inpaint, inpainting = 'exact' } = request;
  const imageShape = imageShapeOf(parts.codec.info, latentShape);
  const count = seedsOf(request).length;
  const clean = startFrom && cleanBatch(startFrom.data, imageShape, count);
  const pixels = inpaint && keptRegion(inpaint, imageShape, count);
  const encoded = imageEncoder(parts, request, latentShape, cancelled);
  const gridded = inpainting === 'blended' && latentShape.length === 3 ? nearestMask : latentMask;
  const mask = pixels && gridded(pixels.mask, imageShape, latentShape);
  const begun = clean && (await encoded(clean));
  if (inpainting === 'network') return { startFrom: startFrom && begun && { ...startFrom, data: begun } };
  const kept = inpaint && (inpaint.data === clean ? begun : await encoded(inpaint.data));
  return {
    startFrom: startFrom && begun && { ...startFrom, data: begun },
    inpaint: kept && mask && { data: kept, mask },
    pixels,
  };
}
