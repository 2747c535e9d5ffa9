import { z } from 'zod';
import { definePlugin } from '../../core/plugins/define-plugin.js';
import { Roles } from '../../core/plugins/roles.js';
import { BOTH, CONDITIONAL, readingOf, UNCONDITIONAL } from './branches.js';
import { liveScale, scale } from './guidance-scale.js';
import { mixedReadings } from './mixed-readings.js';

const config = z.strictObject({ scale: scale.default(2) });

/**
 * Classifier-free guidance: `unconditional + scale * (conditional - unconditional)` (Ho & Salimans 2022, equation 6,
 * with scale = 1 + w). Scale 1 and 0 need one side only and call the network once as wide. `scale` may be live. When:
 * the usual choice for networks that were trained with dropped conditions.
 */
export const cfg = definePlugin({
  role: Roles.guidance,
  name: 'cfg',
  summary: 'Classifier-free guidance: unconditional + scale * (conditional - unconditional).',
  reference: 'Ho & Salimans 2022, equation 6, with scale = 1 + w',
  tags: { live: true, when: 'the usual choice for networks that were trained with dropped conditions' },
  config,
  create: ({ config }) => {
    const { live, of } = liveScale(config.scale);
    return {
      live,
      branches: (_, values) => {
        const now = of(values);
        return now === 1 ? [CONDITIONAL] : now === 0 ? [UNCONDITIONAL] : BOTH;
      },
      init: () => ({}),
      combine(state, ctx) {
        const now = of(ctx.live);
        if (now === 1) return [state, readingOf(ctx, CONDITIONAL)];
        const unconditional = readingOf(ctx, UNCONDITIONAL);
        if (now === 0) return [state, unconditional];
        const conditional = readingOf(ctx, CONDITIONAL);
        return [state, mixedReadings(ctx, [1 - now, unconditional], [now, conditional])];
      },
    };
  },
});
