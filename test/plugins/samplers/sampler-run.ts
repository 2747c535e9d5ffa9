import type { NoiseLevel, Sampler } from 'rxdiffusion';
import { exactDenoise, solve, type Solve } from 'rxdiffusion/testing';
import { expect } from 'vitest';
import { level, vpLevel } from '../../../src/core/math/levels.js';

/** Twelve variance-preserving steps, even in lambda, then the clean level; `at` gives those in between too. */
export const at = (t: number): NoiseLevel => (t <= 0 ? level(0, 1, 0) : vpLevel(t, 3 - t / 2));
export const levels: readonly NoiseLevel[] = Array.from({ length: 13 }, (_, i) => at(12 - i));

const start = Float64Array.of(-1.5, 0.2, 0.9, 2.2);

/** The end of a run on the exact model, on `levels` with made-up noise unless told otherwise. */
export function run(sampler: Sampler, changes: Partial<Solve> = {}): Float64Array {
  return solve({
    sampler,
    levels,
    schedule: { at, levelAt: (lambda) => vpLevel(0, lambda) },
    x: start,
    denoise: exactDenoise,
    noise: (index) => start.map((x) => Math.sin(x + index)),
    ...changes,
  });
}

/** Equal to ten digits behind the point. */
export function near(a: Float64Array, b: Float64Array, digits = 10): void {
  a.forEach((value, i) => expect(value).toBeCloseTo(b[i] ?? Number.NaN, digits));
}
