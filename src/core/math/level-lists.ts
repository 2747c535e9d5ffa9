import type { NoiseLevel } from '../contracts/noise-level.js';
import type { NoiseSchedule } from '../contracts/noise-schedule.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { lambdaOfSigma } from './levels.js';

/*
 * Operators on the levels of a grid: plain functions from lists to lists, for runs that are made of pieces (one network
 * for the noisy half and another for the rest), that start from an image, or that go up instead of down.
 */

/**
 * The levels before and after the step boundary `at`, which both lists have: `concatLevels(...splitLevels(levels, at))`
 * is `levels`.
 *
 * @throws DiffusionError `RXD_REQUEST_INVALID` unless at least one step is on either side
 */
export function splitLevels(levels: readonly NoiseLevel[], at: number): readonly [NoiseLevel[], NoiseLevel[]] {
  if (Number.isSafeInteger(at) && at >= 1 && at < levels.length - 1) return [levels.slice(0, at + 1), levels.slice(at)];
  throw wrong('there is no step boundary to split at', String(at), `an integer from 1 to ${levels.length - 2}`);
}

/**
 * One list after another. Where a list starts at the level at which the one before it ends, that level is kept once.
 *
 * @throws DiffusionError `RXD_REQUEST_INVALID` where a list starts noisier than the one before it ends
 */
export function concatLevels(...lists: readonly (readonly NoiseLevel[])[]): NoiseLevel[] {
  const filled = lists.filter((list) => list.length > 0);
  return filled.flatMap((list, i) => {
    const [last, first] = [filled[i - 1]?.at(-1), list[0]];
    if (last === undefined || first === undefined || first.lambda > last.lambda) return list;
    if (first.lambda === last.lambda) return list.slice(1);
    throw wrong(
      'the noise would grow where two lists meet',
      `lambda ${last.lambda}, then ${first.lambda}`,
      'less noise',
    );
  });
}

/** The same levels from clean to noisy: for samplers that invert, such as ddim-inverse. Twice gives the list back. */
export function flipLevels(levels: readonly NoiseLevel[]): NoiseLevel[] {
  return levels.toReversed();
}

/**
 * Each step cut into `parts` steps, even in lambda; even in sigma where a step starts at pure noise or ends at the clean
 * level, since lambda is infinite there. Every `parts`-th level is one of the list's.
 *
 * @throws DiffusionError `RXD_REQUEST_INVALID` unless `parts` is a positive integer
 */
export function subdivideLevels(levels: readonly NoiseLevel[], schedule: NoiseSchedule, parts: number): NoiseLevel[] {
  if (!Number.isSafeInteger(parts) || parts < 1)
    throw wrong('steps cannot be cut into this number of parts', String(parts), 'a positive integer');
  return levels.flatMap((from, i) => {
    const to = levels[i + 1];
    if (to === undefined) return [from];
    const inner = Array.from({ length: parts - 1 }, (_, k) => between(from, to, (k + 1) / parts, schedule));
    return [from, ...inner];
  });
}

/**
 * The last part of a grid, for a run that starts from an image: `strength` of the steps, rounded down as diffusers
 * does, at least one. Strength
 * 1 is the whole grid.
 *
 * @throws DiffusionError `RXD_REQUEST_INVALID` unless the strength is in (0, 1]
 */
export function levelsFromStrength(levels: readonly NoiseLevel[], strength: number): NoiseLevel[] {
  if (!(strength > 0 && strength <= 1))
    throw wrong('`strength` is out of range', String(strength), 'a number in (0, 1]');
  const steps = levels.length - 1;
  return levels.slice(steps - Math.max(1, Math.floor(strength * steps)));
}

function between(from: NoiseLevel, to: NoiseLevel, share: number, schedule: NoiseSchedule): NoiseLevel {
  const finite = Number.isFinite(from.lambda) && Number.isFinite(to.lambda);
  const mixed = (a: number, b: number): number => a + share * (b - a);
  const lambda = finite ? mixed(from.lambda, to.lambda) : lambdaOfSigma(schedule.path, mixed(from.sigma, to.sigma));
  return schedule.levelAt(lambda);
}

function wrong(problem: string, got: string, expected: string): DiffusionError {
  return new DiffusionError('RXD_REQUEST_INVALID', { problem, got, expected, fix: `give ${expected}` });
}
