import { z } from 'zod';
import { nonNegative, positive } from '../../core/plugins/config-numbers.js';
import type { LiveValues } from '../../core/contracts/guidance.js';
import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import { definePlugin } from '../../core/plugins/define-plugin.js';
import { Roles } from '../../core/plugins/roles.js';
import { BOTH, CONDITIONAL, readingOf, UNCONDITIONAL } from './branches.js';
import { liveScale, scale } from './guidance-scale.js';
import { mixedReadings } from './mixed-readings.js';

const config = z.strictObject({
  scale: scale.default(2),
  above: nonNegative().default(0.2).describe('guides where sigma / alpha is more than this; 0 also at the end'),
  upTo: positive()
    .nullable()
    .default(2)
    .describe('and where sigma / alpha is at most this; null also from pure noise on'),
});

/**
 * Classifier-free guidance in a limited interval of noise: `cfg` where `above < sigma / alpha <= upTo`, the
 * conditional network alone elsewhere, at half the work (Kynkäänniemi et al. 2024, "Applying Guidance in a Limited
 * Interval", section 3, in the sigma of Karras et al. 2022). High noise decides about variety, which guidance takes
 * away; low noise needs none. `scale` may be live. When: guidance takes variety away, or costs too much.
 */
export const interval = definePlugin({
  role: Roles.guidance,
  name: 'interval',
  summary: 'Classifier-free guidance in a limited interval of noise, the conditional network alone elsewhere.',
  reference: 'Kynkäänniemi et al. 2024, "Applying Guidance in a Limited Interval", section 3',
  tags: { live: true, when: 'guidance takes variety away, or costs too much' },
  config,
  create: ({ config: { above, upTo, ...config } }) => {
    const { live, of } = liveScale(config.scale);
    const inside = ({ alpha, sigma }: NoiseLevel): boolean =>
      sigma > above * alpha && (upTo === null || sigma <= upTo * alpha);
    const scaleAt = (level: NoiseLevel, values: LiveValues): number => (inside(level) ? of(values) : 1);
    return {
      live,
      branches: (level, values) => (scaleAt(level, values) === 1 ? [CONDITIONAL] : BOTH),
      init: () => ({}),
      combine(state, ctx) {
        const now = scaleAt(ctx.level, ctx.live);
        const conditional = readingOf(ctx, CONDITIONAL);
        if (now === 1) return [state, conditional];
        const unconditional = readingOf(ctx, UNCONDITIONAL);
        return [state, mixedReadings(ctx, [1 - now, unconditional], [now, conditional])];
      },
    };
  },
});
