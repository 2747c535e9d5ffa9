import type { Codec } from '../../contracts/codec.js';
import type { Engine } from '../../contracts/engine.js';
import { imageShapeOf } from '../../codec/codec-shapes.js';
import { encodedImages } from '../../codec/coding.js';
import { latentMask } from '../../codec/latent-mask.js';
import { checkParameters } from '../../tensors/parameters.js';
import { cleanBatch } from './clean-batch.js';
import { keptRegion, type KeptRegion } from './inpaint.js';
import { bySlot } from '../network/by-slot.js';
import { seedsOf, type Inpaint, type SampleRequest, type StartFrom } from '../sample-request.js';

/** Who encodes the images of a request. */
export interface EncodeStartParts {
  readonly engine: Engine;
  readonly codec: Codec;
}

/** The images of a request as latents. */
export interface EncodedStart {
  readonly startFrom?: StartFrom | undefined;
  readonly inpaint?: Inpaint | undefined;
  /** What is kept, in pixels. */
  readonly pixels?: KeptRegion | undefined;
}

/**
 * Encodes the images that a request starts from or keeps. A cell of latents is made anew where one of its pixels is. All
 * of it is plain data, so that nothing is left where it fails or is cancelled.
 *
 * @param latentShape - of one sample of the run
 * @throws DiffusionError `RXD_REQUEST_INVALID` for images that do not fit, and what `encodedImages` throws
 */
export async function encodeStart(
  { engine, codec }: EncodeStartParts,
  request: SampleRequest,
  latentShape: readonly number[],
  cancelled: () => boolean,
): Promise<EncodedStart> {
  const { startFrom, inpaint, tiling } = request;
  const imageShape = imageShapeOf(codec.info, latentShape);
  const count = seedsOf(request).length;
  const clean = startFrom && cleanBatch(startFrom.data, imageShape, count);
  const pixels = inpaint && keptRegion(inpaint, imageShape, count);
  const parameters = bySlot(request.parameters)['codec'];
  if (parameters) checkParameters(parameters, codec.parameters, '`parameters` of the request for codec');
  const encoded = (images: Float32Array): Promise<Float32Array> =>
    encodedImages({ engine, codec, parameters, tiling }, images, cancelled, latentShape);
  const mask = pixels && latentMask(pixels.mask, imageShape, latentShape);
  return {
    startFrom: startFrom && clean && { ...startFrom, data: await encoded(clean) },
    inpaint: inpaint && mask && { data: await encoded(inpaint.data), mask },
    pixels,
  };
}
