import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { StepGrid } from '../../core/contracts/step-grid.js';
import { withFinal, type FinalLevel } from './final-level.js';
import { checkSteps } from './grid-steps.js';
import { rounded, type Rounding } from './rounding.js';

/** What a grid of times was told. */
export interface TimeGridOptions {
  readonly rounding: Rounding;
  readonly final: FinalLevel;
}

/**
 * A grid from its rule: the time, as a part of the schedule's range, after a share `i / steps` of the way. The noisiest
 * time is visited, the cleanest one only as the end.
 */
export function timeGrid({ rounding, final }: TimeGridOptions, rule: (share: number) => number): StepGrid {
  return {
    levels(schedule, steps) {
      const { tMin, tMax } = schedule;
      checkSteps(steps);
      const place = (share: number): NoiseLevel =>
        rounded(schedule, schedule.at(tMin + (tMax - tMin) * rule(share)), rounding);
      return withFinal(
        Array.from({ length: steps }, (_, i) => place(i / steps)),
        schedule,
        final,
      );
    },
  };
}
