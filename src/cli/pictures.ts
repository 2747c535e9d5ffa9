import { InvalidArgumentError } from 'commander';
import { DiffusionError, Roles, type Diffusion, type FloatImages, type SampleOptions } from '../index.js';
import { controlGuidance } from '../diffusers.js';
import { readImage } from '../node.js';

/** What the command line says of pictures. */
export interface PictureOptions {
  /** A picture that the run starts from, or keeps where there is a mask. */
  readonly image?: string;
  /** A picture that is white where the image is made anew. */
  readonly mask?: string;
  /** Share of the steps that a run with an image makes. */
  readonly strength?: number;
  /** Pictures for control networks, in their order. */
  readonly controlImage?: readonly string[];
  readonly controlScale?: number | readonly number[];
  readonly controlStart?: number | readonly number[];
  readonly controlEnd?: number | readonly number[];
  readonly height?: number;
  readonly width?: number;
}

/** What the pictures of a command become. */
export interface PictureRequest {
  /** Start, kept region and size, for each run. */
  readonly ask: SampleOptions;
  /** The conditions of a run whose condition is this: with control images, where there are. */
  readonly conditioned: (condition: unknown) => Pick<SampleOptions, 'condition' | 'conditionsFrom'>;
}

const USUAL_STRENGTH = 0.8;

/** A share, (0, 1]. */
export function share(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 1) return value;
  throw new InvalidArgumentError('Give a number above 0 and up to 1.');
}

/** A number, or a JSON list of them. */
export function numberOrList(text: string): number | readonly number[] {
  const values = text
    .replaceAll(/[[\]\s]/g, '')
    .split(',')
    .map(Number);
  if (text.trim() !== '' && values.every(Number.isFinite)) return values.length === 1 ? (values[0] ?? 0) : values;
  throw new InvalidArgumentError('Give a number, or one for each control network: 0.8,0.5.');
}

/**
 * Reads the pictures of a command.
 *
 * @param usual - strength where the command says none
 * @throws DiffusionError `RXD_REQUEST_INVALID` for a mask or a strength without an image, and what `readImage` throws
 */
export async function picturesOf(
  { assembly }: Pick<Diffusion, 'assembly'>,
  options: PictureOptions,
  { steps, usual = USUAL_STRENGTH }: { readonly steps: number; readonly usual?: number | undefined },
): Promise<PictureRequest> {
  const { image, mask, strength = usual, controlImage = [] } = options;
  if (image === undefined && (mask !== undefined || options.strength !== undefined)) throw noImage(options);
  const read = readerFor(assembly, options);
  const [first, ...others] = image === undefined ? controlImage : [image, ...controlImage];
  if (first === undefined) return { ask: {}, conditioned: (condition) => ({ condition }) };
  const own = await read(first);
  const [, height, width] = own.shape;
  const further = await Promise.all(others.map((path) => read(path, [height, width])));
  const controls = image === undefined ? [own, ...further] : further;
  const shown = mask === undefined ? undefined : await read(mask, [height, width], 1);
  const isBegun = image !== undefined && (shown === undefined || strength < 1);
  const count = isBegun ? Math.max(1, Math.floor(steps * strength)) : steps;
  return {
    ask: {
      ...{ height, width },
      ...(isBegun ? { startFrom: { data: own.data, strength } } : {}),
      ...(shown ? { inpaint: { data: own.data, mask: shown.data.map((value) => (value + 1) / 2) } } : {}),
    },
    conditioned: (condition) =>
      controls.length === 0 ? { condition } : controlled(condition, controls, count, options),
  };
}

type Assembly = Diffusion['assembly'];
type Read = (path: string, size?: readonly [number, number], channels?: 1 | 3) => Promise<FloatImages>;

/** Reads pictures in the size that was asked for; else in their own, as far as the network and the codec take it. */
function readerFor(assembly: Assembly, { height, width }: PictureOptions): Read {
  const { info } = assembly.get(Roles.denoiser);
  const codec = assembly.find(Roles.codec)?.info;
  const [ownHeight = 1, ownWidth = 1] = info.sampleShape.slice(-3);
  const [rows = ownHeight, columns = ownWidth, depth] = codec?.imageShape.slice(-3) ?? info.sampleShape.slice(-3);
  const [cellRows = ownHeight, cellColumns = ownWidth] = codec?.latentShape.slice(-3) ?? [];
  const cell = [rows / cellRows, columns / cellColumns] as const;
  const { multipleOf = 0 } = info.sizes ?? {};
  const whole = [cell[0] * ownHeight, cell[1] * ownWidth] as const;
  return (path, size, channels = depth === 1 ? 1 : 3) => {
    if (size) return readImage(path, { size, channels });
    if (height !== undefined || width !== undefined || multipleOf === 0)
      return readImage(path, { size: [height ?? whole[0], width ?? whole[1]], channels });
    return readImage(path, { multipleOf: [cell[0] * multipleOf, cell[1] * multipleOf], channels });
  };
}

function controlled(
  condition: unknown,
  controls: readonly FloatImages[],
  steps: number,
  { controlScale: scale = 1, controlStart: start = 0, controlEnd: end = 1 }: PictureOptions,
): Pick<SampleOptions, 'condition' | 'conditionsFrom'> {
  const control_image = controls.map(({ data, shape }) => ({ data: data.map((value) => (value + 1) / 2), shape }));
  const said =
    typeof condition === 'object' && condition !== null && !Array.isArray(condition)
      ? condition
      : { prompt: condition };
  return controlGuidance({ ...said, control_image }, { steps, scale, start, end });
}

function noImage({ mask }: PictureOptions): DiffusionError {
  return new DiffusionError('RXD_REQUEST_INVALID', {
    problem:
      mask === undefined
        ? '--strength says how much of an image is kept, and there is none'
        : '--mask says what is made anew, and of no image',
    got: mask === undefined ? '--strength' : `--mask ${mask}`,
    expected: '--image FILE beside it',
    fix: 'give --image, or leave it out',
  });
}
