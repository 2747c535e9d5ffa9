import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { NoisePath, NoiseSchedule } from '../../core/contracts/noise-schedule.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { lambdaOfSigma } from '../../core/math/levels.js';
import { leadingTimes, trailingTimes } from './spaced-times.js';

/** What a grid over sigma may be told of its ends. */
export interface SigmaRange {
  readonly sigmaMin?: number | undefined;
  readonly sigmaMax?: number | undefined;
  readonly coordinate: 'sigma/alpha' | 'sigma';
  readonly ends: 'schedule' | 'leading' | 'trailing';
  readonly offset: number;
}

/** Ends of a grid, in its coordinate. */
export interface SigmaEnds {
  readonly low: number;
  readonly high: number;
}

/**
 * How levels read in each coordinate, and back.
 *
 * @throws DiffusionError `RXD_COMBINATION` for a sigma that the path does not reach
 */
export const COORDINATES = {
  'sigma/alpha': {
    of: ({ lambda }: NoiseLevel): number => Math.exp(-lambda),
    lambda: (_: NoisePath, sigma: number): number => -Math.log(sigma),
  },
  sigma: { of: ({ sigma }: NoiseLevel): number => sigma, lambda: lambdaWithin },
};

/**
 * Least and largest sigma of a grid: as told, else those of the schedule or of the spaced grid that is named.
 *
 * @throws DiffusionError `RXD_COMBINATION` where the noisiest level has no finite value and nothing else was told, and
 * where the least sigma is not below the largest
 */
export function sigmaEnds(schedule: NoiseSchedule, steps: number, range: SigmaRange, plugin: string): SigmaEnds {
  const [noisiest, cleanest] = endTimes(schedule, steps, range).map((t) => schedule.at(t)) as [NoiseLevel, NoiseLevel];
  const { of } = COORDINATES[range.coordinate];
  const high = range.sigmaMax ?? of(noisiest);
  if (high === Infinity) throw pureNoise(plugin);
  const low = range.sigmaMin ?? of(cleanest);
  if (low > high || (low === high && steps > 1)) throw upsideDown(low, high, plugin);
  return { low, high };
}

/** The half log-SNR of a sigma: at most 1, give or take rounding, on every path but VE. */
function lambdaWithin(path: NoisePath, sigma: number): number {
  if (path === 've') return lambdaOfSigma(path, sigma);
  if (sigma < 1 + 1e-9) return lambdaOfSigma(path, Math.min(sigma, 1));
  throw new DiffusionError('RXD_COMBINATION', {
    problem: 'a sigma of the grid lies outside of the schedule’s path',
    got: `sigma ${sigma} on a ${path} path`,
    expected: '1 at most',
    fix: 'give sigma / alpha (the other `coordinate`), smaller sigmas, or a schedule whose path is ve',
  });
}

function endTimes(schedule: NoiseSchedule, steps: number, { ends, offset }: SigmaRange): readonly [number, number] {
  const between = steps > (schedule.trainSteps ?? Infinity);
  // With more steps than indices, a trailing grid would reach from end to end; a leading one has no ends of its own.
  if (ends === 'schedule' || (ends === 'trailing' && between)) return [schedule.tMax, schedule.tMin];
  const times = ends === 'leading' ? leadingTimes(schedule, steps, offset, false) : trailingTimes(schedule, steps);
  return [times[0] as number, times.at(-1) as number];
}

function pureNoise(plugin: string): DiffusionError {
  return new DiffusionError('RXD_COMBINATION', {
    problem: 'the schedule ends in pure noise, where sigma / alpha has no value to start from',
    got: 'alpha 0 at the noisiest level',
    expected: 'a largest sigma / alpha',
    fix: 'set the grid’s sigmaMax (80, for example), its coordinate to sigma, or choose linspace or trailing',
    plugin: `grid/${plugin}`,
  });
}

function upsideDown(low: number, high: number, plugin: string): DiffusionError {
  return new DiffusionError('RXD_COMBINATION', {
    problem: 'the least sigma of the grid is not below the largest',
    got: `${low} and ${high}`,
    expected: 'sigmaMin below sigmaMax, both in the grid’s coordinate',
    fix: 'correct the grid’s sigmaMin or sigmaMax; one that is left out is the schedule’s own',
    plugin: `grid/${plugin}`,
  });
}
