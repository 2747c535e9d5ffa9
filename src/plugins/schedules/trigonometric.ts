import { z } from 'zod';
import type { NoiseSchedule } from '../../core/contracts/noise-schedule.js';
import { level, vpLevel } from '../../core/math/levels.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';

const config = z.strictObject({
  tMin: z.number().gt(0).lt(1).default(1e-3).describe('least time that training and sampling see'),
});

/**
 * alpha = cos(pi t / 2), sigma = sin(pi t / 2) in continuous time, down to pure noise (Salimans & Ho 2022,
 * "Progressive distillation"; the arc of TrigFlow, Lu & Song 2024, whose time is the angle pi t / 2). When: networks
 * that predict v, and those of TrigFlow.
 */
export const trigonometric = definePlugin({
  role: Roles.schedule,
  name: 'trigonometric',
  summary: 'alpha = cos(pi t / 2), sigma = sin(pi t / 2), down to pure noise.',
  reference: 'Salimans & Ho 2022, "Progressive distillation"; TrigFlow, Lu & Song 2024',
  tags: { path: 'variance preserving', time: 'continuous', when: 'networks that predict v, and those of TrigFlow' },
  config,
  create: ({ config: { tMin } }): NoiseSchedule => {
    const clamp = (t: number): number => Math.min(Math.max(t, tMin), 1);
    const timeAt = (lambda: number): number => clamp((Math.atan(Math.exp(-lambda)) * 2) / Math.PI);
    // The sine of what is left, so that alpha is exactly 0 at the end.
    const at = (t: number) => level(t, Math.sin((Math.PI / 2) * (1 - t)), Math.sin((Math.PI / 2) * t));
    return {
      path: 'vp',
      tMin,
      tMax: 1,
      clean: level(0, 1, 0),
      at: (t) => at(clamp(t)),
      timeAt,
      levelAt: (lambda) => vpLevel(timeAt(lambda), lambda),
      priorStd: () => 1,
    };
  },
});
