import { z } from 'zod';
import { definePlugin } from '../../core/plugins/define-plugin.js';
import { Roles } from '../../core/plugins/roles.js';
import { theSide } from './the-side.js';

const scale = z
  .number()
  .describe('1 is the conditional network, 0 the unconditional one, more exaggerates the condition');
const config = z.strictObject({ scale: scale.default(2) });

/**
 * Classifier-free guidance: `unconditional + scale * (conditional - unconditional)` (Ho & Salimans 2022, equation 6, with
 * scale = 1 + w). Scale 1 and 0 need one side only and call the network once as wide. `scale` may be live.
 */
export const cfg = definePlugin({
  role: Roles.guidance,
  name: 'cfg',
  config,
  create: ({ config }) => {
    const scaleOf = (live: Readonly<Record<string, unknown>>): number => scale.parse(live['scale'] ?? config.scale);
    return {
      live: { scale: (value) => scale.safeParse(value).success },
      branches: (_, live) => {
        const now = scaleOf(live);
        return now === 1 ? 'conditional' : now === 0 ? 'unconditional' : 'both';
      },
      init: () => ({}),
      combine(state, ctx) {
        const now = scaleOf(ctx.live);
        if (now === 1) return [state, theSide(ctx.conditional, 'conditional')];
        const unconditional = theSide(ctx.unconditional, 'unconditional');
        if (now === 0) return [state, unconditional];
        const conditional = theSide(ctx.conditional, 'conditional');
        const guided = (side: 'denoised' | 'noise') =>
          ctx.combine([1 - now, unconditional[side]], [now, conditional[side]]);
        return [state, { denoised: guided('denoised'), noise: guided('noise') }];
      },
    };
  },
});
