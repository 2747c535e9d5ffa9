import type { Codec } from '../../contracts/codec.js';
import type { Engine } from '../../contracts/engine.js';
import type { NoiseSource } from '../../contracts/noise-source.js';
import { imageShapeOf } from '../../codec/codec-shapes.js';
import { encodedImages } from '../../codec/coding.js';
import { checkParameters } from '../../tensors/parameters.js';
import { bySlot } from '../network/by-slot.js';
import { seedsOf, type SampleRequest } from '../sample-request.js';

/** Who encodes the images of a request. */
export interface EncodeStartParts {
  readonly engine: Engine;
  readonly codec: Codec;
  /** Draws the latents of codecs that have `moments`. */
  readonly noise: NoiseSource;
}

/** Latents of images, one for all samples or one each. The same images and draw give the same latents. */
export type ImageEncoder = (images: Float32Array, draw?: number) => Promise<Float32Array>;

/**
 * Encodes images for a request. Where the codec has `moments`, each sample has latents of its own, drawn by its seed: the first draw
 * is that of the images that it starts from or keeps, the second that of the image without what is made anew.
 *
 * @param latentShape - of one sample of the run
 */
export function imageEncoder(
  { engine, codec, noise }: EncodeStartParts,
  request: SampleRequest,
  latentShape: readonly number[],
  cancelled?: () => boolean,
): ImageEncoder {
  const { tiling } = request;
  const seeds = seedsOf(request);
  const parameters = bySlot(request.parameters)['codec'];
  if (parameters) checkParameters(parameters, codec.parameters, '`parameters` of the request for codec');
  const imageSize = sizeOf(imageShapeOf(codec.info, latentShape));
  return (images, draw = 0) => {
    const draws = codec.moments && drawsOf(noise, seeds, latentShape, draw);
    const rows = draws && images.length === imageSize ? repeated(images, seeds.length) : images;
    return encodedImages({ engine, codec, parameters, tiling }, rows, cancelled, latentShape, draws);
  };
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1);

/** One image for each of all samples. */
function repeated(image: Float32Array, count: number): Float32Array {
  const all = new Float32Array(image.length * count);
  for (let sample = 0; sample < count; sample++) all.set(image, sample * image.length);
  return all;
}

/** Unit noise of each sample, by its seed. */
function drawsOf(noise: NoiseSource, seeds: readonly number[], shape: readonly number[], draw: number): Float32Array {
  const size = sizeOf(shape);
  const all = new Float32Array(seeds.length * size);
  seeds.forEach((seed, sample) => all.set(noise.normal({ seed, purpose: 'encode', step: draw }, size), sample * size));
  return all;
}
