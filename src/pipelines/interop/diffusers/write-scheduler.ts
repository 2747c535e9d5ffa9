import type { Settings } from '../../../core/assembly/plain-json.js';
import { readScheduler } from './read-scheduler.js';
import { refuseScheduler, said } from './refuse.js';
import type { SchedulerClip, SchedulerOptions, SchedulerPlugins } from './scheduler-file.js';
import { named, type Fragment } from './writing/fragment.js';
import { differences } from './writing/differences.js';
import { writtenGrid } from './writing/written-grid.js';
import { writtenPrediction } from './writing/written-prediction.js';
import { writtenSampler } from './writing/written-sampler.js';
import { writtenSchedule } from './writing/written-schedule.js';

/** A scheduler of diffusers: what its file holds, and what its methods are told. */
export interface WrittenScheduler {
  /** `scheduler_config.json`. */
  readonly config: Settings;
  /** Arguments of `step` there; empty for most classes. */
  readonly step: Settings;
}

/** What beside the plugins is to be written. */
export interface WriteOptions {
  /** How estimates are clipped. */
  readonly clip?: SchedulerClip;
  /** Number of steps that runs will have: some classes do things otherwise by it; 50. */
  readonly steps?: number;
  /** What diffusers does otherwise and the plugins repeat, as `readScheduler` has it. Nothing where absent. */
  readonly compatible?: SchedulerOptions['compatible'];
}

/**
 * Writes slots of a recipe as a scheduler config of diffusers, for every sampler that has a counterpart there. What was
 * written is read again, and refused unless it means the same plugins: no setting is lost without a word.
 *
 * @throws DiffusionError `RXD_SCHEDULER_CONFIG` naming what diffusers cannot say
 * @example
 * const { config } = writeScheduler({ schedule: 'linear', grid: 'leading', sampler: 'ddim', parameterization: 'epsilon' });
 */
export function writeScheduler(
  plugins: SchedulerPlugins,
  { clip, steps = 50, compatible = [] }: WriteOptions = {},
): WrittenScheduler {
  const { schedule, grid, sampler, parameterization } = plugins;
  const fragment: Fragment = {
    ...{ schedule: named(schedule), grid: named(grid), sampler: named(sampler) },
    parameterization: named(parameterization),
  };
  const { className, keys, step } = writtenSampler(fragment);
  const config = definite({
    _class_name: className,
    ...keys,
    ...writtenSchedule(fragment, className),
    ...writtenGrid(fragment, className),
    ...writtenPrediction(fragment, className),
    ...clipKeys(clip, className),
  });
  const written = { config, step: definite(step) };
  checkWritten(fragment, clip, written, { steps, compatible });
  return written;
}

function definite(settings: Settings): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

/** Classes that clip by default have to be told that they shall not. */
function clipKeys(clip: SchedulerClip | undefined, className: string): Settings {
  if (className.startsWith('CMStochastic')) return { clip_denoised: clip !== undefined };
  const clips = /^(DDPM|DDIM|DDIMInverse)Scheduler$/.test(className);
  if (clip === undefined) return clips ? { clip_sample: false } : {};
  if ('range' in clip) return { clip_sample: true, clip_sample_range: clip.range };
  return { thresholding: true, dynamic_thresholding_ratio: clip.quantile, sample_max_value: clip.max };
}

function checkWritten(
  fragment: Fragment,
  clip: SchedulerClip | undefined,
  { config, step }: WrittenScheduler,
  options: SchedulerOptions,
): void {
  const read = readScheduler(config, { ...options, step });
  const lost = differences(fragment, read.plugins);
  if (JSON.stringify(read.request.clip) !== JSON.stringify(clip)) lost.push('clip');
  if (lost.length === 0) return;
  refuseScheduler({
    problem: 'no scheduler config of diffusers expresses all of this recipe',
    got: lost.join('; '),
    expected: `what ${said(config['_class_name'])} can be told`,
    fix: 'change these settings to what the class has, or carry the recipe itself',
  });
}
