import { solve, keyedNoise } from 'rxdiffusion/testing';
import type { NoiseLevel, SchedulerOptions } from 'rxdiffusion';
import { checkReadable } from '../../src/core/compatibility/readable-levels.js';
import { estimate } from './estimate.js';
import { schedulerRun } from './scheduler-parts.js';
import type { SchedulerConfig } from './solver-case.js';

/** A run of a config on the exact network, from our own noise, as a pipeline would check and make it; its end. */
export async function runExact(config: SchedulerConfig, options: SchedulerOptions): Promise<Float64Array> {
  const parts = await schedulerRun(config, options);
  const learns = String(config['variance_type']).startsWith('learned');
  checkReadable(parts.levels, parts);
  const noise = keyedNoise([0, 1], 8);
  const first = parts.levels[0] as NoiseLevel;
  const std = parts.schedule.priorStd(first);
  return solve({
    ...noise,
    sampler: parts.sampler,
    levels: parts.levels,
    schedule: parts.schedule,
    x: Float64Array.from(noise.noise(0, 'start'), (value) => std * value),
    denoise: (x, level) => estimate({ config, ...(learns ? { varianceChannel: 0.04 } : {}) }, parts, x, level),
  });
}
