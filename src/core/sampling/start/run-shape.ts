import type { Classifier } from '../../contracts/classifier.js';
import type { DenoiserInfo, SampleSizes } from '../../contracts/denoiser.js';
import type { Guidance } from '../../contracts/guidance.js';
import { invalid, type SampleRequest } from '../sample-request.js';

/** What a network says of the shapes that it takes. */
export interface NetworkShape {
  readonly sampleShape: DenoiserInfo['sampleShape'];
  readonly sizes?: SampleSizes | undefined;
}

/** What the shape of a run depends on. */
export interface ShapeSurroundings {
  readonly denoiser: { readonly info: NetworkShape };
  readonly guidance?: Guidance | undefined;
  readonly classifier?: Classifier | undefined;
}

/**
 * The shape of one sample of a run: that of the network, with the height and the width that the request asks for.
 *
 * @throws DiffusionError `RXD_REQUEST_INVALID` where the network does not take them
 */
export function runShape({ height, width }: SampleRequest, network: NetworkShape): readonly number[] {
  const { sampleShape } = network;
  if (height === undefined && width === undefined) return sampleShape;
  if (sampleShape.length < 3)
    throw invalid(
      '`height` and `width` are asked for, and the samples have neither',
      said({ height, width }),
      `samples [${sampleShape.join(', ')}]`,
      'leave them out',
    );
  const [ownHeight, ownWidth, channels] = sampleShape.slice(-3) as [number, number, number];
  const shape = [...sampleShape.slice(0, -3), height ?? ownHeight, width ?? ownWidth, channels];
  if (takesShape(network, shape)) return shape;
  throw invalid(
    'the network does not take samples of this height and width',
    said({ height, width }),
    sizesSaid(network),
    'ask for a size that the network takes, or leave `height` and `width` out',
  );
}

/** Throws `RXD_REQUEST_INVALID` where a network of the run does not take samples of the size that was asked for. */
export function checkRunShape({ denoiser, guidance, classifier }: ShapeSurroundings, shape: readonly number[]): void {
  const asked = guidance?.requires?.includes('classifier') === true ? classifier : undefined;
  for (const network of [denoiser, ...(asked ? [asked] : [])])
    if (!takesShape(network.info, shape)) throw otherShape(network.info, shape);
}

/** The refusal of a network that cannot take part in a run of this shape. */
export function otherShape(network: NetworkShape, shape: readonly number[]): Error {
  return invalid(
    'a network of the run does not take samples of its height and width',
    `samples [${shape.join(', ')}]`,
    sizesSaid(network),
    'ask for a size that all networks of the run take, or leave `height` and `width` out',
  );
}

/** Whether a network takes samples of this shape. */
export function takesShape({ sampleShape, sizes }: NetworkShape, shape: readonly number[]): boolean {
  if (shape.join() === sampleShape.join()) return true;
  const at = shape.length - 3;
  const same = (side: number, axis: number): boolean =>
    axis === at || axis === at + 1 ? fitsSize(side, sizes) : side === sampleShape[axis];
  return sizes !== undefined && at >= 0 && shape.length === sampleShape.length && shape.every(same);
}

function fitsSize(side: number, sizes: SampleSizes | undefined): boolean {
  const { multipleOf = 1, least = multipleOf, most = Infinity } = sizes ?? {};
  return side % multipleOf === 0 && side >= least && side <= most;
}

function sizesSaid({ sampleShape, sizes }: NetworkShape): string {
  const [height, width] = sampleShape.slice(-3);
  if (sizes === undefined) return `height ${height} and width ${width}: the network takes its own size only`;
  const { multipleOf, least = multipleOf, most } = sizes;
  return `multiples of ${multipleOf}, ${least} at least${most === undefined ? '' : ` and ${most} at most`}`;
}

function said(asked: Readonly<Record<string, number | undefined>>): string {
  const sides = Object.entries(asked).filter(([, side]) => side !== undefined);
  return sides.map(([name, side]) => `${name} ${side}`).join(', ');
}
