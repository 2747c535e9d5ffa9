import type { NoiseLevel } from '../core/contracts/noise-level.js';
import type { Denoised, Sampler } from '../core/contracts/sampler.js';
import type { Vector } from '../core/contracts/vector.js';
import { exactReading, THREE_GAUSSIANS } from '../core/math/exact-mixture.js';
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
  end ??= STARTS.map((x) => {
    const from = vpLevel(0, NOISY);
    const steps = 1500;
    const h = (CLEAN - NOISY) / steps;
    let y = x / from.alpha;
    for (let i = 0; i < steps; i++) y = rungeKutta(y, NOISY + i * h, h);
    return y * vpLevel(0, CLEAN).alpha;
  });
  return end;
}

/** One step of `d(x / alpha) / d lambda = -(sigma / alpha) noise`. */
function rungeKutta(y: number, lambda: number, h: number): number {
  const slope = (at: number, value: number): number => {
    const level: NoiseLevel = vpLevel(0, at);
    return (-level.sigma / level.alpha) * exactReading(THREE_GAUSSIANS, value * level.alpha, level).noise;
  };
  const k1 = slope(lambda, y);
  const k2 = slope(lambda + h / 2, y + (h / 2) * k1);
  const k3 = slope(lambda + h / 2, y + (h / 2) * k2);
  const k4 = slope(lambda + h, y + h * k3);
  return y + (h / 6) * (k1 + 2 * k2 + 2 * k3 + k4);
}
