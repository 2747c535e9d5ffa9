/**
 * A mask of pixels on the grid of latents: 1 in each cell that has a pixel above 0, else 0. Cells lie over the pixels as
 * the two shapes say; where they have no grid in common (vectors), a sample is one cell.
 *
 * @param mask - one number for each number of the images, `[count, ...imageShape]`
 * @returns one number for each number of the latents, `[count, ...latentShape]`
 */
export function latentMask(
  mask: Float32Array,
  imageShape: readonly number[],
  latentShape: readonly number[],
): Float32Array {
  const [imageSize, latentSize] = [sizeOf(imageShape), sizeOf(latentShape)];
  const count = mask.length / imageSize;
  const channels = latentShape.at(-1) ?? 1;
  const found = new Float32Array(count * latentSize);
  const axes = gridOf(imageShape, latentShape);
  for (let at = 0; at < mask.length; at++) {
    if (!((mask[at] ?? 0) > 0)) continue;
    const [sample, pixel] = [Math.floor(at / imageSize), at % imageSize];
    for (const cell of cellsOf(Math.floor(pixel / (imageShape.at(-1) ?? 1)), axes)) {
      const first = sample * latentSize + cell * (axes.length === 0 ? 0 : channels);
      found.fill(1, first, first + (axes.length === 0 ? latentSize : channels));
    }
  }
  return found;
}

/**
 * A mask of pixels on the grid of latents by the nearest pixel, rounded down: 1 in each cell whose first corner has 0.5 or
 * more, else 0 (as diffusers has masks go through torch's `interpolate`).
 *
 * @param mask - one number for each number of the images, `[count, ...imageShape]`
 * @returns one number for each number of the latents, `[count, ...latentShape]`
 */
export function nearestMask(
  mask: Float32Array,
  [height = 1, width = 1, depth = 1]: readonly number[],
  [rows = 1, columns = 1, channels = 1]: readonly number[],
): Float32Array {
  const one = rows * columns * channels;
  const count = mask.length / (height * width * depth);
  return Float32Array.from({ length: count * one }, (_, at) => {
    const [sample, cell] = [Math.floor(at / one), Math.floor((at % one) / channels)];
    const [row, column] = [Math.floor(cell / columns), cell % columns];
    const pixel = Math.floor((row * height) / rows) * width + Math.floor((column * width) / columns);
    return (mask[(sample * height * width + pixel) * depth] ?? 0) < 0.5 ? 0 : 1;
  });
}

/** Sides of an axis that both have, in pixels and in cells. */
interface Axis {
  readonly pixels: number;
  readonly cells: number;
}

/** The axes of the grid: all but channels; none where the shapes have no grid in common. */
function gridOf(imageShape: readonly number[], latentShape: readonly number[]): readonly Axis[] {
  if (imageShape.length !== latentShape.length) return [];
  return imageShape.slice(0, -1).map((pixels, axis) => ({ pixels, cells: latentShape[axis] ?? 1 }));
}

/** The cells that a pixel lies in: several where a pixel is larger than a cell, or lies across an edge. */
function cellsOf(pixel: number, axes: readonly Axis[]): readonly number[] {
  let rest = pixel;
  let cells: readonly number[] = [0];
  let stride = 1;
  for (const axis of axes.toReversed()) {
    const place = rest % axis.pixels;
    rest = Math.floor(rest / axis.pixels);
    const first = Math.floor((place * axis.cells) / axis.pixels);
    const last = Math.ceil(((place + 1) * axis.cells) / axis.pixels) - 1;
    const here = Array.from({ length: last - first + 1 }, (_, i) => (first + i) * stride);
    cells = here.flatMap((offset) => cells.map((cell) => cell + offset));
    stride *= axis.cells;
  }
  return cells;
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1);
