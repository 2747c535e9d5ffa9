import { z } from 'zod';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { finalConfig, withFinal } from './final-level.js';
import { checkSteps } from './grid-steps.js';
import { trailingTimes } from './spaced-times.js';

/**
 * Every n-th index counted from the noisiest one, rounded towards noise: ComfyUI's "simple". `trailing` rounds to the
 * nearest index instead; where the number of steps divides the training steps, both are one grid.
 * When: images made by ComfyUI with this grid are to be reproduced.
 */
export const simple = definePlugin({
  role: Roles.grid,
  name: 'simple',
  summary: 'Every n-th index counted from the noisiest one, rounded towards noise.',
  reference: 'ComfyUI, "simple"',
  tags: { spacing: 'time', when: 'images made by ComfyUI with this grid are to be reproduced' },
  config: z.strictObject({ final: finalConfig }),
  create: ({ config: { final } }) => ({
    levels(schedule, steps) {
      const { trainSteps } = schedule;
      checkSteps(steps, (trainSteps ?? Infinity) - (final === 'sigma-min' ? 1 : 0));
      const index = (i: number, total: number): number => total - 1 - Math.floor((i * total) / steps);
      const times =
        trainSteps === undefined
          ? trailingTimes(schedule, steps)
          : Array.from({ length: steps }, (_, i) => index(i, trainSteps));
      return withFinal(
        times.map((t) => schedule.at(t)),
        schedule,
        final,
      );
    },
  }),
});
