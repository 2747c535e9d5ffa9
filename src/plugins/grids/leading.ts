import { z } from 'zod';
import { MOST, whole } from '../../core/assembly/config-numbers.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { finalConfig, withFinal } from './final-level.js';
import { leadingTimes } from './spaced-times.js';
import { lambdaMinConfig, timeRange } from './time-range.js';

const config = z.strictObject({
  offset: whole(MOST.trainSteps, 0).default(0).describe('added to every index (Stable Diffusion uses 1)'),
  extraPoint: z
    .boolean()
    .optional()
    .describe('space out one time more and leave the cleanest out, as multistep solvers of diffusers do'),
  final: finalConfig,
  lambdaMin: lambdaMinConfig,
});

/**
 * Evenly spaced times counted from the cleanest one: multiples of `floor(trainSteps / steps)` (Song et al. 2021, DDIM).
 * The noisiest level is not visited, which makes samples dimmer where the schedule ends in pure noise (Lin et al. 2024,
 * section 3.3).
 * When: a checkpoint asks for it.
 */
export const leading = definePlugin({
  role: Roles.grid,
  name: 'leading',
  summary: 'Evenly spaced times counted from the cleanest one: multiples of floor(trainSteps / steps).',
  reference: 'Song et al. 2021, "DDIM"',
  tags: { spacing: 'time', when: 'a checkpoint asks for it: the noisiest level is not visited, which dims samples' },
  config,
  create: ({ config: { offset, final, lambdaMin, extraPoint = final === 'sigma-min' } }) => ({
    levels(schedule, steps) {
      const times = leadingTimes(timeRange(schedule, lambdaMin), steps, offset, extraPoint);
      return withFinal(
        times.map((t) => schedule.at(t)),
        schedule,
        final,
      );
    },
  }),
});
