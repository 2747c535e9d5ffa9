import type { NoiseLevel } from '../core/contracts/noise-level.js';
import type { Denoised, Sampler } from '../core/contracts/sampler.js';
import type { Vector } from '../core/contracts/vector.js';
import { vpLevel } from '../core/math/levels.js';
import { normals } from '../core/random/draws.js';
import { float64Of, fromFloat64 } from '../core/tensors/float64-space.js';
import { keyedNoise } from './keyed-noise.js';
import { solve } from '../core/loop/solve.js';

const [NOISY, CLEAN] = [-2.5, 2];
/** Data of one Gaussian, for which the reverse SDE is linear. */
const [MEAN, VARIANCE] = [0.3, 0.25];
const SEED = 11;
const PATHS = 128;

/** How finely the exact solution follows its path, and in which clock. */
export interface StrongProblem {
  /** Cells of the path in which its increment is all that the exact solution knows; 1280. */
  readonly cells?: number;
  /** The `rate` by which the sampler asks for its path; 1, and -1 for the forms in noise. */
  readonly clock?: number;
}

/**
 * Root mean square distances of an SDE solver's ends from the exact solution on the same Brownian paths, by number of
 * steps: the reverse SDE of Gaussian data, `de = -2 e s² / (v² + s²) dlambda + sqrt(2) s dw` for `e = x / alpha - mean`.
 */
export function strongErrors(
  sampler: Sampler,
  counts: readonly number[],
  { cells = 1280, clock = 1 }: StrongProblem = {},
): readonly number[] {
  const from = vpLevel(0, NOISY);
  const scale = Math.sqrt(from.alpha ** 2 * VARIANCE + from.sigma ** 2);
  const x = normals({ seed: SEED, purpose: 'start', step: 0 }, PATHS).map((z) => from.alpha * MEAN + scale * z);
  const name = `${cells}/${clock}`;
  const exact = ends.get(name) ?? exactEnd(x, cells, clock);
  ends.set(name, exact);
  return counts.map((steps) => {
    const levels = Array.from({ length: steps + 1 }, (_, i) =>
      vpLevel(steps - i, NOISY + ((CLEAN - NOISY) * i) / steps),
    );
    const schedule = { at: (t: number) => vpLevel(t, CLEAN), levelAt: (lambda: number) => vpLevel(0, lambda) };
    const end = solve({ sampler, levels, x, denoise: gaussianDenoise, schedule, ...keyedNoise([SEED], PATHS) });
    const squares = end.map((value, i) => (value - (exact[i] ?? Number.NaN)) ** 2);
    return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
  });
}

/** Exact ends that were computed before: a function of cells and clock. */
const ends = new Map<string, Float64Array>();

/** What an ideal network says of Gaussian data. */
function gaussianDenoise(x: Vector, { alpha, sigma }: NoiseLevel): Denoised {
  const total = alpha ** 2 * VARIANCE + sigma ** 2;
  const distance = float64Of(x).map((value) => value - alpha * MEAN);
  return {
    denoised: fromFloat64(distance.map((d) => MEAN + (alpha * VARIANCE * d) / total)),
    noise: fromFloat64(distance.map((d) => (sigma * d) / total)),
  };
}

/**
 * The exact solution `e' = G(a, b) e + integral of G(lambda, b) sqrt(2) s dw`, `G(a, b) = (v² + s_b²) / (v² + s_a²)`: the
 * expectation of the integral, given the increments of the path over small cells.
 */
function exactEnd(x: Float64Array, cells: number, clock: number): Float64Array {
  const s2 = (lambda: number): number => Math.exp(-2 * lambda);
  const growth = (lambda: number): number => (VARIANCE + s2(CLEAN)) / (VARIANCE + s2(lambda));
  const { brownian } = keyedNoise([SEED], x.length);
  const { alpha } = vpLevel(0, NOISY);
  const end = x.map((value) => growth(NOISY) * (value / alpha - MEAN));
  const width = (CLEAN - NOISY) / cells;
  for (let cell = 0; cell < cells; cell++) {
    const a = NOISY + cell * width;
    const clockSpeed = (lambda: number): number => 2 * Math.exp(2 * clock * lambda);
    const share = (lambda: number): number => growth(lambda) * Math.exp(-(1 + clock) * lambda) * clockSpeed(lambda);
    const std = simpson(share, a, width) / Math.sqrt(simpson(clockSpeed, a, width));
    const unit = brownian(vpLevel(0, a), vpLevel(0, a + width), clock, 0);
    for (let i = 0; i < end.length; i++) end[i] = (end[i] ?? 0) + std * (unit[i] ?? Number.NaN);
  }
  return end.map((e) => vpLevel(0, CLEAN).alpha * (e + MEAN));
}

function simpson(f: (lambda: number) => number, a: number, width: number): number {
  return (width / 6) * (f(a) + 4 * f(a + width / 2) + f(a + width));
}
