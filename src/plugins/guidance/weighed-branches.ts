import type { Branch, Guidance, LiveValues } from '../../core/contracts/guidance.js';
import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import { readingOf } from './branches.js';
import { mixedReadings } from './mixed-readings.js';

/** The weight of each branch at a level; together 1. */
export type Weights = (level: NoiseLevel, live: LiveValues) => readonly (readonly [weight: number, branch: Branch])[];

/** A guidance that is a weighed sum of readings and remembers nothing. What has weight 0 is not asked for. */
export function weighedBranches(weights: Weights): Pick<Guidance, 'branches' | 'init' | 'combine'> {
  const asked: Weights = (level, live) => weights(level, live).filter(([weight]) => weight !== 0);
  return {
    branches: (level, live) => asked(level, live).map(([, branch]) => branch),
    init: () => ({}),
    combine(state, ctx) {
      const readings = asked(ctx.level, ctx.live).map(([weight, branch]) => [weight, readingOf(ctx, branch)] as const);
      const [first] = readings;
      return [state, first && readings.length === 1 ? first[1] : mixedReadings(ctx, ...readings)];
    },
  };
}
