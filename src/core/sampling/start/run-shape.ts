import type { Classifier } from '../../contracts/classifier.js';
import { cellOf } from '../../codec/codec-shapes.js';
import { tilePlan } from '../../codec/tile-plan.js';
import type { Codec } from '../../contracts/codec.js';
import type { DenoiserInfo, SampleSizes } from '../../contracts/denoiser.js';
import type { Guidance } from '../../contracts/guidance.js';
import { takesSize } from '../../math/sample-sizes.js';
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

/** The network that says what a run samples, and the codec where these are latents. */
export interface RunShape extends NetworkShape {
  readonly codec?: Codec | undefined;
}

/**
 * The shape of one sample of a run: that of the network, with the height and the width that the request asks for. They are
 * in pixels: where samples are latents, in as many cells as these pixels have.
 *
 * @throws DiffusionError `RXD_REQUEST_INVALID` where the network or the codec does not take them
 */
export function runShape({ height, width, tiling }: SampleRequest, network: RunShape): readonly number[] {
  const { sampleShape, codec } = network;
  const shape = height === undefined && width === undefined ? sampleShape : askedShape({ height, width }, network);
  if (codec) tilePlan(codec, shape, tiling);
  else if (tiling)
    throw invalid(
      '`tiling` is asked for, and there is no codec',
      'samples that are no latents',
      'a pipeline with a codec',
      'leave `tiling` out: it says how a codec works on large images',
    );
  return shape;
}

type AskedSize = Readonly<Record<'height' | 'width', number | undefined>>;

function askedShape(asked: AskedSize, network: RunShape): readonly number[] {
  const { sampleShape, codec } = network;
  const cell = codec ? cellOf(codec.info) : ([1, 1] as const);
  if (sampleShape.length < 3 || cell === undefined)
    throw invalid(
      '`height` and `width` are asked for, and the samples have neither',
      said(asked),
      `samples [${sampleShape.join(', ')}]`,
      'leave them out',
    );
  const [ownHeight, ownWidth, channels] = sampleShape.slice(-3) as [number, number, number];
  const height = asked.height === undefined ? ownHeight : asked.height / cell[0];
  const width = asked.width === undefined ? ownWidth : asked.width / cell[1];
  if (!Number.isSafeInteger(height) || !Number.isSafeInteger(width))
    throw invalid(
      'the codec does not make latents of images of this height and width',
      said(asked),
      `a height that is a multiple of ${cell[0]} and a width that is one of ${cell[1]}, the pixels of a cell of latents`,
      'ask for a size that divides',
    );
  const shape = [...sampleShape.slice(0, -3), height, width, channels];
  if (takesShape(network, shape)) return shape;
  throw invalid(
    'the network does not take samples of this height and width',
    said(asked),
    sizesSaid(network, cell),
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
    axis === at || axis === at + 1 ? sizes !== undefined && takesSize(side, sizes) : side === sampleShape[axis];
  return at >= 0 && shape.length === sampleShape.length && shape.every(same);
}

/** The sizes that a network takes; in pixels, where one cell of its samples has several. */
function sizesSaid(
  { sampleShape, sizes }: NetworkShape,
  [rows, columns] = [1, 1] as readonly [number, number],
): string {
  const [height = 1, width = 1] = sampleShape.slice(-3);
  if (sizes === undefined)
    return `height ${rows * height} and width ${columns * width}: the network takes its own size only`;
  const { multipleOf, least = multipleOf, most } = sizes;
  const saidOf = (unit: number): string =>
    `multiples of ${unit * multipleOf}, ${unit * least} at least${most === undefined ? '' : ` and ${unit * most} at most`}`;
  return rows === columns ? saidOf(rows) : `heights: ${saidOf(rows)}; widths: ${saidOf(columns)}`;
}

function said(asked: AskedSize): string {
  const sides = Object.entries(asked).filter(([, side]) => side !== undefined);
  return sides.map(([name, side]) => `${name} ${side}`).join(', ');
}
