import type { NoiseLevel } from '../contracts/noise-level.js';
import type { NoiseSchedule } from '../contracts/noise-schedule.js';
import type { Sampler } from '../contracts/sampler.js';
import { solve } from '../loop/solve.js';
import { fromFloat64 } from '../tensors/float64-space.js';

/**
 * Whether a sampler makes its first sample of what the network says alone: it is tried on two numbers, to which the
 * network says the same. At alpha 0 and at sigma 0 many samplers do, so levels in between are tried.
 */
export function buildsFromReading(sampler: Sampler, schedule: NoiseSchedule, levels: readonly NoiseLevel[]): boolean {
  const between = levels.filter(({ alpha, sigma }) => alpha > 0 && sigma > 0);
  if (between.length < 2) return true;
  const number = (value: number): Float64Array => Float64Array.of(value);
  const reading = { denoised: fromFloat64(number(0.5)), noise: fromFloat64(number(-0.25)) };
  const firstFrom = (x: number): number => {
    let first = Number.NaN;
    solve({
      sampler,
      schedule,
      levels: between,
      x: number(x),
      denoise: () => reading,
      noise: () => number(0),
      brownian: () => number(0),
      onStep: (index, { 0: value = Number.NaN }) => {
        if (index === 0) first = value;
      },
    });
    return first;
  };
  return firstFrom(1) === firstFrom(-1);
}
