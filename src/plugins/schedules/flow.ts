import { z } from 'zod';
import type { NoiseSchedule } from '../../core/contracts/noise-schedule.js';
import { flowLevel, level } from '../../core/math/levels.js';
import { definePlugin } from '../../core/plugins/define-plugin.js';
import { Roles } from '../../core/plugins/roles.js';

const config = z.strictObject({
  tMin: z.number().gt(0).lt(1).default(1e-3).describe('least noise that training sees'),
});

/** The straight path `x = (1 - t) x0 + t noise` of flow matching (Lipman et al. 2023; Liu et al. 2023). */
export const flow = definePlugin({
  role: Roles.schedule,
  name: 'flow',
  config,
  create: ({ config: { tMin } }): NoiseSchedule => {
    const clamp = (t: number): number => Math.min(Math.max(t, tMin), 1);
    const timeAt = (lambda: number): number => clamp(1 / (1 + Math.exp(lambda)));
    return {
      path: 'flow',
      tMin,
      tMax: 1,
      clean: level(0, 1, 0),
      at: (t) => level(clamp(t), 1 - clamp(t), clamp(t)),
      timeAt,
      levelAt: (lambda) => flowLevel(timeAt(lambda), lambda),
      priorStd: ({ sigma }) => sigma,
    };
  },
});
