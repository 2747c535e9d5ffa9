import { z } from 'zod';
import { positive } from '../../core/assembly/config-numbers.js';
import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { NoiseSchedule } from '../../core/contracts/noise-schedule.js';
import { flowLevel, level } from '../../core/math/levels.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { dynamicShiftConfig, shiftOf } from './dynamic-shift.js';

const config = z
  .strictObject({
    tMin: z.number().gt(0).lt(1).default(1e-3).describe('least time in training'),
    tMax: z.number().gt(0).max(1).default(1).describe('largest time'),
    shift: positive()
      .default(1)
      .describe('more than 1 spends more of the time at high noise, as large images need (3 for Stable Diffusion 3)'),
    dynamicShift: dynamicShiftConfig.optional().describe('the shift from the size of the image, instead of `shift`'),
  })
  .refine(({ tMin, tMax }) => tMin < tMax, { path: ['tMin'], error: 'tMin is not below tMax' });

/**
 * The straight path `x = (1 - sigma) x0 + sigma noise` of flow matching (Lipman et al. 2023; Liu et al. 2023) with
 * `sigma = shift t / (1 + (shift - 1) t)` (Esser et al. 2024, equation 23): t itself where the shift is 1. The time of
 * these networks is sigma, not t: set `time: 'sigma'` in the parameterization.
 * When: networks of flow matching.
 */
export const flow = definePlugin({
  role: Roles.schedule,
  name: 'flow',
  summary: 'The straight path x = (1 - sigma) x0 + sigma noise of flow matching, with a shift of time.',
  reference: 'Lipman et al. 2023; Liu et al. 2023; Esser et al. 2024, equation 23, for the shift',
  tags: {
    path: 'flow',
    time: 'continuous',
    when: 'networks of flow matching; their time is sigma, so the key time of the parameterization is sigma',
  },
  config,
  create: ({ config: { tMin, tMax, ...said } }): NoiseSchedule => {
    const shift = said.dynamicShift ? shiftOf(said.dynamicShift) : said.shift;
    const clamp = (t: number): number => Math.min(Math.max(t, tMin), tMax);
    const at = (t: number): NoiseLevel => {
      const signal = (1 - t) / shift;
      return level(t, signal / (t + signal), t / (t + signal));
    };
    // t / (1 - t) = exp(-lambda) / shift.
    const timeAt = (lambda: number): number => clamp(1 / (1 + shift * Math.exp(lambda)));
    return {
      path: 'flow',
      tMin,
      tMax,
      clean: level(0, 1, 0),
      at: (t) => at(clamp(t)),
      timeAt,
      levelAt: (lambda) => flowLevel(timeAt(lambda), lambda),
      priorStd: ({ sigma }) => sigma,
    };
  },
});
