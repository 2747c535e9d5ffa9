import type { Codec } from '../../contracts/codec.js';
import type { Engine } from '../../contracts/engine.js';
import { imageShapeOf } from '../../codec/codec-shapes.js';
import { encodedImages } from '../../codec/coding.js';
import { latentMask } from '../../codec/latent-mask.js';
import { checkParameters } from '../../tensors/parameters.js';
import { cleanBatch } from './clean-batch.js';
import type { NoiseSource } from '../../contracts/noise-source.js';
import { keptRegion, type KeptRegion } from './inpaint.js';
import { bySlot } from '../network/by-slot.js';
import { seedsOf, type Inpaint, type SampleRequest, type StartFrom } from '../sample-request.js';

/** Who encodes the images of a request. */
export interface EncodeStartParts {
  readonly engine: Engine;
  readonly codec: Codec;
  /** Draws the latents of codecs that have `moments`. */
  readonly noise: NoiseSource;
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
  { engine, codec, noise }: EncodeStartParts,
  request: SampleRequest,
  latentShape: readonly number[],
  cancelled: () => boolean,
): Promise<EncodedStart> {
  const { startFrom, inpaint, tiling } = request;
  const imageShape = imageShapeOf(codec.info, latentShape);
  const seeds = seedsOf(request);
  const count = seeds.length;
  const clean = startFrom && cleanBatch(startFrom.data, imageShape, count);
  const pixels = inpaint && keptRegion(inpaint, imageShape, count);
  const parameters = bySlot(request.parameters)['codec'];
  if (parameters) checkParameters(parameters, codec.parameters, '`parameters` of the request for codec');
  // The same image gives the same latents wherever the request has it: its draws have one key.
  const draws = codec.moments && drawsOf(noise, seeds, latentShape);
  const encoded = (images: Float32Array): Promise<Float32Array> => {
    const size = imageShape.reduce((product, side) => product * side, 1);
    const rows = draws && images.length === size ? repeated(images, count) : images;
    return encodedImages({ engine, codec, parameters, tiling }, rows, cancelled, latentShape, draws);
  };
  const mask = pixels && latentMask(pixels.mask, imageShape, latentShape);
  return {
    startFrom: startFrom && clean && { ...startFrom, data: await encoded(clean) },
    inpaint: inpaint && mask && { data: await encoded(inpaint.data), mask },
    pixels,
  };
}

/** One image for each of all samples. */
function repeated(image: Float32Array, count: number): Float32Array {
  const all = new Float32Array(image.length * count);
  for (let sample = 0; sample < count; sample++) all.set(image, sample * image.length);
  return all;
}

/** Unit noise of each sample, by its seed. */
function drawsOf(noise: NoiseSource, seeds: readonly number[], shape: readonly number[]): Float32Array {
  const size = shape.reduce((product, side) => product * side, 1);
  const all = new Float32Array(seeds.length * size);
  seeds.forEach((seed, sample) => all.set(noise.normal({ seed, purpose: 'encode', step: 0 }, size), sample * size));
  return all;
}
