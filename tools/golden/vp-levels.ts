import type { NoiseLevel, NoiseSchedule } from 'rxdiffusion';
import { needs, Skipped, type SchedulerConfig } from './solver-case.js';

/** Evenly spaced times as diffusers' older schedulers choose them (DDPM, DDIM, Euler, Heun), noisiest first. */
export function timesOfFamilyA(config: SchedulerConfig, steps: number, rounding: boolean): number[] {
  const total = Number(config['num_train_timesteps']);
  const offset = Number(config['steps_offset'] ?? 0);
  const from = (time: (i: number) => number): number[] => Array.from({ length: steps }, (_, i) => time(i));
  if (config['timestep_spacing'] === 'linspace') {
    const time = (i: number): number => (steps === 1 ? 0 : ((total - 1) * (steps - 1 - i)) / (steps - 1));
    return from((i) => (rounding ? halfEven(time(i)) : time(i)));
  }
  if (config['timestep_spacing'] === 'leading')
    return from((i) => (steps - 1 - i) * Math.floor(total / steps) + offset);
  return from((i) => halfEven(total - (i * total) / steps) - 1);
}

/** Evenly spaced times of the multistep schedulers: one more is spaced out, and the cleanest one dropped. */
export function timesOfFamilyB(config: SchedulerConfig, steps: number): number[] {
  const total = Number(config['num_train_timesteps']);
  const offset = Number(config['steps_offset'] ?? 0);
  const from = (time: (i: number) => number): number[] => Array.from({ length: steps }, (_, i) => time(i));
  if (config['timestep_spacing'] === 'linspace') return from((i) => halfEven(((total - 1) * (steps - i)) / steps));
  if (config['timestep_spacing'] === 'leading')
    return from((i) => (steps - i) * Math.floor(total / (steps + 1)) + offset);
  return from((i) => halfEven(total - (i * total) / steps) - 1);
}

/** numpy's rounding: halves go to the even neighbour. */
function halfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** sigma / alpha at a time that may lie between two indices, where diffusers interpolates sigma linearly. */
export function sigmaAt(schedule: NoiseSchedule, t: number): number {
  const of = (index: number): number => Math.exp(-schedule.at(index).lambda);
  const below = Math.floor(t);
  return below === t ? of(t) : of(below) + (t - below) * (of(below + 1) - of(below));
}

/** The sigmas of a run, by the config's flags; `ends` are the largest and the least. */
export function spacedSigmas(
  config: SchedulerConfig,
  sigmas: readonly number[],
  ends: readonly [number, number],
): readonly number[] {
  needs(config['use_beta_sigmas'] !== true, 'grid beta');
  needs(config['use_lu_lambdas'] !== true, 'grid lu-lambda');
  needs((config['interpolation_type'] ?? 'linear') === 'linear', 'quirk log-linear-end');
  if (config['use_exponential_sigmas'] === true) {
    const [from, to] = [Number(config['sigma_max'] ?? ends[0]), Number(config['sigma_min'] ?? ends[1])].map(Math.log);
    return sigmas.map((_, i) => Math.exp((from ?? 0) + (i / (sigmas.length - 1)) * ((to ?? 0) - (from ?? 0))));
  }
  if (config['use_karras_sigmas'] !== true) return sigmas;
  const high = Number(config['sigma_max'] ?? ends[0]) ** (1 / 7);
  const low = Number(config['sigma_min'] ?? ends[1]) ** (1 / 7);
  return sigmas.map((_, i) => (high + (i / (sigmas.length - 1)) * (low - high)) ** 7);
}

/** Levels of some sigmas, then the level where the config says that the run ends. */
export function levelsOf(schedule: NoiseSchedule, config: SchedulerConfig, sigmas: readonly number[]): NoiseLevel[] {
  const levels = sigmas.map((sigma) => schedule.levelAt(-Math.log(sigma)));
  const last = config['final_sigmas_type'] ?? 'zero';
  if (last !== 'zero' && last !== 'sigma_min') throw new Skipped(`final sigma ${JSON.stringify(last)}`);
  return [...levels, last === 'zero' ? schedule.clean : schedule.at(0)];
}
