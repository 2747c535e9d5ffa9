import { z } from 'zod';
import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { finalConfig, withFinal } from './final-level.js';
import { checkSteps } from './grid-steps.js';
import { rounded, roundingConfig } from './rounding.js';

/**
 * Times by the cubic `3 u² - 2 u³` of evenly spaced shares u: small steps at both ends. Source: "smoothstep" of
 * stable-diffusion.cpp, which rounds to indices.
 * When: few steps where both ends of the path matter, as with the grid beta.
 */
export const smoothstep = definePlugin({
  role: Roles.grid,
  name: 'smoothstep',
  summary: 'Times by the cubic 3 u² - 2 u³ of evenly spaced shares: small steps at both ends.',
  reference: 'stable-diffusion.cpp, "smoothstep"',
  tags: { spacing: 'time', when: 'few steps where both ends of the path matter' },
  config: z.strictObject({ rounding: roundingConfig, final: finalConfig }),
  create: ({ config: { rounding, final } }) => ({
    levels(schedule, steps) {
      checkSteps(steps);
      const { tMin, tMax } = schedule;
      const place = (share: number): NoiseLevel =>
        rounded(schedule, schedule.at(tMin + (tMax - tMin) * share ** 2 * (3 - 2 * share)), rounding);
      return withFinal(
        Array.from({ length: steps }, (_, i) => place(1 - i / steps)),
        schedule,
        final,
      );
    },
  }),
});
