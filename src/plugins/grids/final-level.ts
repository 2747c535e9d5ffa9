import { z } from 'zod';
import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { NoiseSchedule } from '../../core/contracts/noise-schedule.js';

/** Where a run ends. */
export type FinalLevel = 'zero' | 'sigma-min' | 'append-sigma-min' | 'repeat';

/** Setting of where a run ends; the last two are there to repeat what diffusers does. */
export const finalConfig = z
  .enum(['zero', 'sigma-min', 'append-sigma-min', 'repeat'])
  .default('zero')
  .describe(
    'where the run ends: zero (the clean level), sigma-min (the least noisy level of the grid’s range), append-sigma-min ' +
      '(the schedule’s least noisy level after all others, though it may be there already), repeat (the last one twice)',
  );

/** The levels that a run visits before its end, and the end. */
export function withFinal(levels: readonly NoiseLevel[], schedule: NoiseSchedule, final: FinalLevel): NoiseLevel[] {
  const last = levels.at(-1) ?? schedule.clean;
  const ends: Readonly<Record<FinalLevel, NoiseLevel>> = {
    zero: schedule.clean,
    'sigma-min': schedule.at(schedule.tMin),
    'append-sigma-min': schedule.at(schedule.tMin),
    repeat: last,
  };
  return [...levels, ends[final]];
}
