import type { NoiseLevel } from '../core/contracts/noise-level.js';
import type { Denoised, Sampler } from '../core/contracts/sampler.js';
import type { Vector } from '../core/contracts/vector.js';
import { exactReadings, THREE_GAUSSIANS } from '../core/math/exact-mixture.js';
import { vpLevel } from '../core/math/levels.js';
import { exactDenoise } from './exact-denoise.js';
import { solve } from '../core/loop/solve.js';

const [NOISY, CLEAN] = [-2.5, 2];
const STARTS = Float64Array.from({ length: 16 }, (_, i) => -2.25 + 0.3 * i);
const COARSE = [40, 80, 160];
const FINE = [320, 640];
/** Errors below this are rounding, not method. */
const ROUNDING = 1e-11;

/** Root mean square errors of a sampler on the exact probability-flow ODE, by number of steps. */
export function convergenceErrors(sampler: Sampler, counts: readonly number[]): readonly number[] {
  return counts.map((steps) => exactRun(sampler, steps).error);
}

/** One run on the exact probability-flow ODE, over a grid of so many steps: its error, and the network calls it made. */
export function exactRun(sampler: Sampler, steps: number): { readonly error: number; readonly calls: number } {
  const exact = exactEnd();
  const at = (t: number): NoiseLevel => vpLevel(t, CLEAN + ((NOISY - CLEAN) * t) / steps);
  const levels = Array.from({ length: steps + 1 }, (_, i) => at(steps - i));
  const schedule = { at, levelAt: (lambda: number) => vpLevel(0, lambda) };
  let calls = 0;
  const denoise = (x: Vector, level: NoiseLevel): Denoised => {
    calls++;
    return exactDenoise(x, level);
  };
  const end = solve({ sampler, levels, x: STARTS, denoise, schedule });
  const squares = end.map((value, i) => (value - (exact[i] ?? Number.NaN)) ** 2);
  return { error: Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length), calls };
}

/** The order of convergence between the finest two grids whose errors are not rounding. */
export function measuredOrder(sampler: Sampler): number {
  return orderBetween(sampler, COARSE);
}

/**
 * The order of convergence at small steps, where what a method has of lower order (its first steps) shows; `Infinity` where
 * errors are rounding.
 */
export function fineOrder(sampler: Sampler): number {
  return orderBetween(sampler, FINE);
}

function orderBetween(sampler: Sampler, counts: readonly number[]): number {
  const errors = convergenceErrors(sampler, counts);
  const slopes = errors.slice(1).flatMap((error, i) => {
    const before = errors[i] ?? Number.NaN;
    return error > ROUNDING || Number.isNaN(error) ? [Math.log2(before / error)] : [];
  });
  return slopes.at(-1) ?? Infinity;
}

let end: Float64Array | undefined;

/** Where the ODE ends, by the classical Runge-Kutta method in lambda with steps so small that its error is rounding. */
function exactEnd(): Float64Array {
  end ??= rungeKuttaEnd();
  return end;
}

function rungeKuttaEnd(): Float64Array {
  const steps = 1500;
  const h = (CLEAN - NOISY) / steps;
  const { alpha } = vpLevel(0, NOISY);
  let y = STARTS.map((x) => x / alpha);
  for (let i = 0; i < steps; i++) y = rungeKutta(y, NOISY + i * h, h);
  return y.map((value) => value * vpLevel(0, CLEAN).alpha);
}

/** One step of `d(x / alpha) / d lambda = -(sigma / alpha) noise`. */
function rungeKutta(y: Float64Array, lambda: number, h: number): Float64Array<ArrayBuffer> {
  const slope = (at: number, values: Float64Array): Float64Array => {
    const level: NoiseLevel = vpLevel(0, at);
    const { noise } = exactReadings(
      THREE_GAUSSIANS,
      values.map((value) => value * level.alpha),
      level,
    );
    return noise.map((value) => (-level.sigma / level.alpha) * value);
  };
  const moved = (by: number, direction: Float64Array): Float64Array =>
    y.map((value, i) => value + by * (direction[i] ?? Number.NaN));
  const k1 = slope(lambda, y);
  const k2 = slope(lambda + h / 2, moved(h / 2, k1));
  const k3 = slope(lambda + h / 2, moved(h / 2, k2));
  const k4 = slope(lambda + h, moved(h, k3));
  const at = (k: Float64Array, i: number): number => k[i] ?? Number.NaN;
  return y.map((value, i) => value + (h / 6) * (at(k1, i) + 2 * at(k2, i) + 2 * at(k3, i) + at(k4, i)));
}
