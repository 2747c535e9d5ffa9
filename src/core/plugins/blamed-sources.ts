import type { NoiseLevel } from '../contracts/noise-level.js';
import type { NoiseKey, NoiseSource } from '../contracts/noise-source.js';
import type { NoiseSchedule } from '../contracts/noise-schedule.js';
import { blame } from '../errors/blame.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { identityOf } from './plugin-identity.js';

/**
 * The schedule as other plugins see it: what it throws names it and not its caller, and no one can change its levels or
 * itself for the other runs of the pipeline.
 */
export function blamedSchedule(schedule: NoiseSchedule): NoiseSchedule {
  const plugin = identityOf(schedule, 'schedule');
  const level = (make: () => NoiseLevel): NoiseLevel => blaming(plugin, () => frozenLevel(make()));
  const { path, trainSteps, tMin, tMax } = schedule;
  return Object.freeze({
    path,
    ...(trainSteps === undefined ? {} : { trainSteps }),
    tMin,
    tMax,
    clean: level(() => schedule.clean),
    at: (t: number) => level(() => schedule.at(t)),
    timeAt: (lambda: number) => blaming(plugin, () => schedule.timeAt(lambda)),
    levelAt: (lambda: number) => level(() => schedule.levelAt(lambda)),
    priorStd: (at: NoiseLevel) => blaming(plugin, () => finite(schedule.priorStd(at), 'the standard deviation')),
  });
}

/** The noise source as other plugins see it: what it throws names it, and it draws as many finite numbers as asked. */
export function blamedNoise(noise: NoiseSource): NoiseSource {
  const plugin = identityOf(noise, 'noise');
  return {
    normal: (key: NoiseKey, count: number) => blaming(plugin, () => checkedDraw(noise.normal(key, count), count)),
    uniform: (key: NoiseKey, count: number) => blaming(plugin, () => checkedDraw(noise.uniform(key, count), count)),
  };
}

/** A copy of a level that nobody can change. Throws `RXD_PLUGIN_OUTPUT` where it is none. */
export function frozenLevel(level: NoiseLevel): NoiseLevel {
  const { t, alpha, sigma, lambda } = level ?? {};
  if ([t, alpha, sigma].every(Number.isFinite) && typeof lambda === 'number' && !Number.isNaN(lambda))
    return Object.freeze({ ...level });
  throw new DiffusionError('RXD_PLUGIN_OUTPUT', {
    problem: 'a noise level is not one',
    got: `t ${t}, alpha ${alpha}, sigma ${sigma}, lambda ${lambda}`,
    expected: 'finite t, alpha and sigma, and lambda = ln(alpha / sigma)',
    fix: 'correct the plugin, or keep its input in the range that it can take',
  });
}

/** `count` finite numbers, or `RXD_PLUGIN_OUTPUT`. */
export function checkedDraw(draw: Float64Array, count: number): Float64Array {
  if (draw?.length === count && draw.every(Number.isFinite)) return draw;
  throw new DiffusionError('RXD_PLUGIN_OUTPUT', {
    problem: 'a draw of random numbers is not what was asked for',
    got: draw?.length === count ? 'NaN or infinity' : `${draw?.length ?? 'no'} numbers`,
    expected: `${count} finite numbers`,
    fix: 'return a Float64Array of `count` numbers',
  });
}

function finite(value: number, what: string): number {
  if (Number.isFinite(value)) return value;
  throw new DiffusionError('RXD_PLUGIN_OUTPUT', {
    problem: `${what} is not finite`,
    got: String(value),
    expected: 'a finite number',
    fix: 'correct the plugin, or keep its input in the range that it can take',
  });
}

function blaming<T>(plugin: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw blame(error, plugin);
  }
}
