import { z } from 'zod';
import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { NoiseSchedule } from '../../core/contracts/noise-schedule.js';
import { halfEven } from './half-even.js';

/** How times between two indices are told to networks. */
export type Rounding = 'none' | 'nearest' | 'down';

/** Setting of grids whose levels lie between indices. */
export const roundingConfig = z
  .enum(['none', 'nearest', 'down'])
  .default('none')
  .describe('networks get whole indices as time on discrete schedules; the levels stay as they are');

/** A level with its time rounded, where time is an index. */
export function rounded({ trainSteps }: NoiseSchedule, level: NoiseLevel, rounding: Rounding): NoiseLevel {
  if (trainSteps === undefined || rounding === 'none') return level;
  return { ...level, t: rounding === 'nearest' ? halfEven(level.t) : Math.floor(level.t) };
}
