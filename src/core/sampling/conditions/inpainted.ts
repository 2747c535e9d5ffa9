import { imageShapeOf } from '../../codec/codec-shapes.js';
import { nearestMask } from '../../codec/latent-mask.js';
import type { NumbersColumn } from '../../contracts/columns.js';
import type { ConditionContext, InpaintedInputs } from '../../contracts/conditioning.js';
import type { ReverseParts } from '../reverse-parts.js';
import { imageEncoder } from '../start/image-encoder.js';
import { keptRegion, type KeptRegion } from '../start/inpaint.js';
import type { StartingPoint } from '../start/starting-point.js';

type Parts = Pick<ReverseParts, 'engine' | 'noise' | 'codec'>;

/**
 * What the request of a run keeps, as conditioners may ask for it: made once, when it is asked for the first time. Nothing
 * where the request keeps nothing, or samples are no images.
 */
export function inpaintedOf(
  parts: Parts,
  { request, seeds, shape }: StartingPoint,
  cancelled?: () => boolean,
): ConditionContext['inpainted'] {
  const sample = shape.slice(1);
  const { inpaint } = request;
  if (inpaint === undefined || sample.length !== 3) return undefined;
  const make = async (): Promise<InpaintedInputs> => {
    const { codec } = parts;
    const imageShape = codec ? imageShapeOf(codec.info, sample) : sample;
    const region = keptRegion(inpaint, imageShape, seeds.length);
    const image = shownImage(region);
    const encode = codec && imageEncoder({ ...parts, codec }, request, sample, cancelled);
    const column = (data: Float32Array, channels: number): NumbersColumn => ({
      ...{ kind: 'numbers', data },
      shape: [seeds.length, ...sample.slice(0, 2), channels],
    });
    return {
      mask: column(nearestMask(region.mask, imageShape, [...sample.slice(0, 2), 1]), 1),
      image: column(encode ? await encode(image, 1) : image, sample[2] ?? 1),
    };
  };
  let made: Promise<InpaintedInputs> | undefined;
  return () => (made ??= make());
}

/** The images in which what is made anew is grey. */
const shownImage = ({ known, mask }: KeptRegion): Float32Array =>
  known.map((value, at) => ((mask[at] ?? 0) < 0.5 ? value : 0));
