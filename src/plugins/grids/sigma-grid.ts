import { z } from 'zod';
import { MOST, positive, whole } from '../../core/assembly/config-numbers.js';
import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { NoiseSchedule } from '../../core/contracts/noise-schedule.js';
import type { StepGrid } from '../../core/contracts/step-grid.js';
import { finalConfig, withFinal, type FinalLevel } from './final-level.js';
import { checkSteps } from './grid-steps.js';
import { rounded, roundingConfig, type Rounding } from './rounding.js';
import { leadingTimes, linspaceTimes, trailingTimes } from './spaced-times.js';
import { COORDINATES, sigmaEnds, type SigmaEnds, type SigmaRange } from './sigma-ends.js';

/** Settings that all grids between two sigmas share. */
export const sigmaGridConfig = {
  sigmaMin: positive().optional().describe('least sigma / alpha; the schedule’s own where absent'),
  sigmaMax: positive().optional().describe('largest sigma / alpha; the schedule’s own where absent'),
  coordinate: z
    .enum(['sigma/alpha', 'sigma'])
    .default('sigma/alpha')
    .describe('what the rule spaces, sigmaMin and sigmaMax included; sigma is finite on flow paths too'),
  ends: z
    .enum(['schedule', 'leading', 'trailing'])
    .default('schedule')
    .describe('take the ends from the schedule, or from the levels of such a grid (the Euler family of diffusers)'),
  offset: whole(MOST.trainSteps, 0)
    .default(0)
    .describe('offset of the leading grid that the ends, or the times for networks, come from'),
  rounding: roundingConfig,
  told: z
    .enum(['own', 'linspace', 'leading', 'trailing'])
    .default('own')
    .describe('the time that networks get: that of the level, or, as log_linear of diffusers, that of such a grid'),
  final: finalConfig,
};

/** What a grid between two sigmas was told. */
export interface SigmaGridOptions extends SigmaRange {
  readonly rounding: Rounding;
  readonly told: 'own' | 'linspace' | 'leading' | 'trailing';
  readonly final: FinalLevel;
}

/**
 * A grid from its rule: the sigma (in the coordinate of the options) of a share of the way, 0 at the noisiest level and
 * 1 at the least noisy one.
 */
export function sigmaGrid(
  plugin: string,
  options: SigmaGridOptions,
  rule: (ends: SigmaEnds, share: number) => number,
): StepGrid {
  return {
    levels(schedule, steps) {
      checkSteps(steps);
      const ends = sigmaEnds(schedule, steps, options, plugin);
      const place = (share: number): NoiseLevel => levelOf(schedule, rule(ends, share), options);
      const last = options.final === 'sigma-min' ? steps : Math.max(1, steps - 1);
      const placed = Array.from({ length: steps }, (_, i) => place(i / last));
      const levels = withTimes(placed, toldTimes(schedule, steps, options));
      return options.final === 'sigma-min' ? [...levels, place(1)] : withFinal(levels, schedule, options.final);
    },
  };
}

/** The times that networks are told in place of those of the levels. */
function toldTimes(schedule: NoiseSchedule, steps: number, { told, offset }: SigmaGridOptions): readonly number[] {
  if (told === 'linspace') return linspaceTimes(schedule, steps, false);
  if (told === 'leading') return leadingTimes(schedule, steps, offset, false);
  return told === 'trailing' ? trailingTimes(schedule, steps) : [];
}

function withTimes(levels: readonly NoiseLevel[], times: readonly number[]): readonly NoiseLevel[] {
  return levels.map((level, i) => ({ ...level, t: times[i] ?? level.t }));
}

function levelOf(schedule: NoiseSchedule, sigma: number, { coordinate, rounding }: SigmaGridOptions): NoiseLevel {
  return rounded(schedule, schedule.levelAt(COORDINATES[coordinate].lambda(schedule.path, sigma)), rounding);
}
