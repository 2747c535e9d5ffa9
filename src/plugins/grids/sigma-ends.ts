import type { NoiseSchedule } from '../../core/contracts/noise-schedule.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';

/** What a grid over sigma / alpha may be told of its ends. */
export interface SigmaRange {
  readonly sigmaMin?: number | undefined;
  readonly sigmaMax?: number | undefined;
}

/**
 * Least and largest sigma / alpha of a grid: as told, else the schedule's own.
 *
 * @throws DiffusionError `RXD_COMBINATION` where the schedule ends in pure noise and nothing else was told
 */
export function sigmaEnds(
  schedule: NoiseSchedule,
  { sigmaMin, sigmaMax }: SigmaRange,
  plugin: string,
): { readonly low: number; readonly high: number } {
  const noisiest = schedule.at(schedule.tMax);
  if (sigmaMax === undefined && noisiest.alpha === 0) throw pureNoise(plugin);
  return {
    low: sigmaMin ?? Math.exp(-schedule.at(schedule.tMin).lambda),
    high: sigmaMax ?? Math.exp(-noisiest.lambda),
  };
}

function pureNoise(plugin: string): DiffusionError {
  return new DiffusionError('RXD_COMBINATION', {
    problem: 'the schedule ends in pure noise, where sigma / alpha has no value to start from',
    got: 'alpha 0 at the noisiest level',
    expected: 'a largest sigma / alpha',
    fix: 'set the grid’s sigmaMax (80, for example), or choose linspace or trailing',
    plugin,
  });
}
