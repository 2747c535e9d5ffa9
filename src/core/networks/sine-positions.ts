import type { PatchGrid } from './patches.js';

/** How the places of patches are told. */
export interface SinePositions {
  /** Numbers of a position, a multiple of 4. */
  readonly width: number;
  /** Patches along a side that the network knows: other grids are rescaled to this extent. */
  readonly base: number;
  /** Divides the positions; 1 where absent. */
  readonly scale?: number;
}

/**
 * Sines and cosines of the place of each patch of a grid, row after row: first of its column, then of its row (Vaswani et
 * al. 2017, section 3.5, on two axes, as in diffusers' `get_2d_sincos_pos_embed`).
 *
 * @returns `width` numbers of each patch
 */
export function sinePositions(grid: PatchGrid, { width, base, scale = 1 }: SinePositions): Float32Array {
  const half = width / 2;
  const ofColumns = alongSide(grid.width, half, base / grid.width / scale);
  const ofRows = alongSide(grid.height, half, base / grid.height / scale);
  const all = new Float32Array(grid.height * grid.width * width);
  for (let patch = 0; patch < grid.height * grid.width; patch++) {
    const [row, column] = [Math.floor(patch / grid.width), patch % grid.width];
    all.set(ofColumns.subarray(column * half, (column + 1) * half), patch * width);
    all.set(ofRows.subarray(row * half, (row + 1) * half), patch * width + half);
  }
  return all;
}

/** Sines, then cosines, of each place along one side. */
function alongSide(places: number, width: number, step: number): Float32Array {
  const half = width / 2;
  const values = new Float32Array(places * width);
  for (let place = 0; place < places; place++)
    for (let i = 0; i < half; i++) {
      const angle = Math.fround(place * step) / 10_000 ** (i / half);
      values[place * width + i] = Math.sin(angle);
      values[place * width + half + i] = Math.cos(angle);
    }
  return values;
}
