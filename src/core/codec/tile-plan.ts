import type { Codec } from '../contracts/codec.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { takesSize } from '../math/sample-sizes.js';
import { cellOf, imageShapeOf } from './codec-shapes.js';

/** How large images are encoded and decoded: in tiles that overlap, so that memory holds a tile and not the whole. */
export interface Tiling {
  /** Height and width of a tile in pixels; those of the images that the codec is made for where absent. */
  readonly size?: number;
  /** Share of a tile that overlaps with the next, 0 to 0.5; 0.25 where absent. */
  readonly overlap?: number;
}

/** Stretches of one axis, in cells. */
export interface AxisPlan {
  /** Where each begins. */
  readonly starts: readonly number[];
  readonly length: number;
  /** Of the whole axis. */
  readonly of: number;
}

/** Tiles of one image: each stretch of its height with each of its width. */
export interface TilePlan {
  readonly height: AxisPlan;
  readonly width: AxisPlan;
}

const OVERLAP = 0.25;

/**
 * The tiles in which images of these latents are coded; nothing where one call takes the whole. A codec of one size codes
 * larger images in tiles of its size, also where nobody asks for tiles.
 *
 * @param latentShape - of one sample
 * @throws DiffusionError `RXD_REQUEST_INVALID` where the codec takes neither the whole nor such tiles
 */
export function tilePlan(codec: Codec, latentShape: readonly number[], tiling?: Tiling): TilePlan | undefined {
  const { info } = codec;
  const cell = cellOf(info);
  const image = imageShapeOf(info, latentShape);
  const sides = [image.at(-3) ?? 1, image.at(-2) ?? 1] as const;
  if (tiling === undefined && takes(codec, sides)) return undefined;
  if (cell === undefined) throw notTiled(codec, sides);
  const own = [info.imageShape.at(-3) ?? 1, info.imageShape.at(-2) ?? 1] as const;
  const tile = own.map((side, axis) => Math.min(tiling?.size ?? side, sides[axis] ?? side)) as [number, number];
  if (!takes(codec, tile) || tile.some((side, axis) => side % (cell[axis] ?? 1) !== 0)) throw noTile(codec, tile);
  const plan = (axis: 0 | 1): AxisPlan =>
    axisPlan(sides[axis] / cell[axis], tile[axis] / cell[axis], tiling?.overlap ?? OVERLAP);
  const [height, width] = [plan(0), plan(1)];
  return height.starts.length * width.starts.length === 1 ? undefined : { height, width };
}

/** As few stretches as overlap at least so far, evenly apart, the last of them at the end. */
function axisPlan(of: number, length: number, overlap: number): AxisPlan {
  const stride = Math.max(1, Math.floor(length * (1 - overlap)));
  const gaps = Math.ceil((of - length) / stride);
  const starts = Array.from({ length: gaps + 1 }, (_, i) => (gaps === 0 ? 0 : Math.round((i * (of - length)) / gaps)));
  return { starts, length, of };
}

function takes({ info }: Codec, [height, width]: readonly [number, number]): boolean {
  const { imageShape, sizes } = info;
  const isOwn = imageShape.length < 3 || (height === imageShape.at(-3) && width === imageShape.at(-2));
  return isOwn || (sizes !== undefined && takesSize(height, sizes) && takesSize(width, sizes));
}

function noTile({ info }: Codec, [height, width]: readonly [number, number]): DiffusionError {
  const { sizes, imageShape } = info;
  const own = `${imageShape.at(-3)} by ${imageShape.at(-2)} pixels`;
  return new DiffusionError('RXD_REQUEST_INVALID', {
    problem: 'the codec does not take images or tiles of this size',
    got: `${height} by ${width} pixels`,
    expected: sizes
      ? `${own}, or sides that are multiples of ${sizes.multipleOf}`
      : `${own}, or larger images in tiles`,
    fix: 'ask for another size, or for tiles of a `size` that the codec takes',
  });
}

function notTiled({ info }: Codec, sides: readonly number[]): DiffusionError {
  return new DiffusionError('RXD_REQUEST_INVALID', {
    problem: 'the codec cannot work in tiles: its images and latents have no grid in common',
    got: `images [${info.imageShape.join(', ')}], latents [${info.latentShape.join(', ')}], asked for ${sides.join(' by ')}`,
    expected: 'latents whose height and width divide those of the images',
    fix: 'leave `tiling`, `height` and `width` out, or use another codec',
  });
}
