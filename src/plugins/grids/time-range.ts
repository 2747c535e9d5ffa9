import { real } from '../../core/assembly/config-numbers.js';
import type { NoiseSchedule } from '../../core/contracts/noise-schedule.js';

/** The times that a spaced grid may visit. */
export interface TimeRange {
  /** Number of indices 0 … tMax where time is an index. */
  readonly trainSteps?: number | undefined;
  readonly tMin: number;
  readonly tMax: number;
}

/** Setting that keeps a grid away from the noisiest levels. */
export const lambdaMinConfig = real()
  .optional()
  .describe(
    'half log-SNR below which no level is visited (-5.1 for the cosine schedule: Lu et al. 2022, DPM-Solver++)',
  );

/** The times of a schedule whose half log-SNR is at least `lambdaMin`. */
export function timeRange(schedule: NoiseSchedule, lambdaMin = -Infinity): TimeRange {
  const { trainSteps, tMin, tMax } = schedule;
  if (schedule.at(tMax).lambda >= lambdaMin) return { trainSteps, tMin, tMax };
  const last = schedule.timeAt(lambdaMin);
  return trainSteps === undefined
    ? { tMin, tMax: last }
    : { trainSteps: Math.floor(last) + 1, tMin, tMax: Math.floor(last) };
}
