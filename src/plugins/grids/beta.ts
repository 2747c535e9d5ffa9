import { z } from 'zod';
import { positive } from '../../core/assembly/config-numbers.js';
import { inverseIncompleteBeta } from '../../core/math/incomplete-beta.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { sigmaGrid, sigmaGridConfig } from './sigma-grid.js';
import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { StepGrid } from '../../core/contracts/step-grid.js';
import { withFinal, type FinalLevel } from './final-level.js';
import { checkSteps } from './grid-steps.js';
import { rounded, type Rounding } from './rounding.js';

const config = z.strictObject({
  over: z
    .enum(['time', 'sigma'])
    .default('time')
    .describe(
      'what the distribution is over: time as in the paper, or sigma as in diffusers (more levels at the noisy end)',
    ),
  alpha: positive()
    .default(0.6)
    .describe('first parameter of the distribution: less than 1 places more levels at the clean end'),
  beta: positive().default(0.6).describe('second parameter: less than 1 places more levels at the noisy end'),
  ...sigmaGridConfig,
});

/**
 * Levels at the quantiles of a beta distribution: many at both ends, few in between (Lee et al. 2024, "Beta Sampling is
 * All You Need"). The settings of sigmas only matter where the quantiles are taken over sigma.
 * When: few steps, where both ends of the path matter.
 */
export const beta = definePlugin({
  role: Roles.grid,
  name: 'beta',
  summary: 'Levels at the quantiles of a beta distribution: many at both ends, few in between.',
  reference: 'Lee et al. 2024, "Beta sampling is all you need"',
  tags: { spacing: 'time or sigma', when: 'few steps, where both ends of the path matter' },
  config,
  create: ({ config: { over, alpha, beta: other, ...options } }) => {
    const quantile = (share: number): number => inverseIncompleteBeta(1 - share, alpha, other);
    if (over === 'time') return timeGrid(options, quantile);
    return sigmaGrid('beta', options, ({ low, high }, share) => low + (high - low) * quantile(share));
  },
});

/** What a grid of times was told. */
interface TimeGridOptions {
  readonly rounding: Rounding;
  readonly final: FinalLevel;
}

/**
 * A grid from its rule: the time, as a part of the schedule's range, after a share `i / steps` of the way. The noisiest
 * time is visited, the cleanest one only as the end.
 */
function timeGrid({ rounding, final }: TimeGridOptions, rule: (share: number) => number): StepGrid {
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
