import { z } from 'zod';
import { nonNegative } from '../../core/assembly/config-numbers.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { functionOfEach } from './function-of-each.js';
import { scale } from './guidance-scale.js';
import { outputOf, outputSetting } from './outputs.js';
import { quotient } from './quotient.js';
import { twoSided } from './two-sided.js';

const config = z.strictObject({
  scale: scale.default(10),
  damping: nonNegative(1000).default(8).describe('how fast the scale falls as the two sides differ more ("alpha")'),
  of: outputSetting.default('flow').describe('what is compared: the output of the network'),
});

/**
 * Magnitude-aware guidance: cfg whose scale is `1 + (scale - 1) exp(-damping r)` for each sample, where r is the length of
 * the difference of the two sides as a share of the unconditional one: large scales, without the first steps overshooting
 * (Zhu et al. 2025, "MAMBO-G: Magnitude-Aware Mitigation for Boosted Guidance", equation 8). `scale` may be live.
 * When: large scales with flow networks in few steps.
 */
export const magnitudeAware = definePlugin({
  role: Roles.guidance,
  name: 'magnitude-aware',
  summary: 'Magnitude-aware guidance (MAMBO-G): cfg with less scale where the two sides differ much.',
  reference: 'Zhu et al. 2025, "MAMBO-G: Magnitude-Aware Mitigation for Boosted Guidance", equation 8',
  tags: { live: true, when: 'large scales with flow networks in few steps' },
  config,
  create: ({ config: { scale: configured, damping, of: output } }) =>
    twoSided(configured, (ctx, now, conditional, unconditional) => {
      const plain = outputOf(ctx, output, unconditional);
      const difference = ctx.combine([1, outputOf(ctx, output, conditional)], [-1, plain]);
      const ratio = quotient(ctx, ctx.norm(difference), ctx.norm(plain));
      const falling = functionOfEach(ctx, 'exp', ctx.perSample('multiply', ratio, -damping));
      const more = ctx.perSample('multiply', falling, now - 1);
      const [towards, rest] = [ctx.perSample('add', more, 1), ctx.perSample('multiply', more, -1)];
      const mixed = (key: 'denoised' | 'noise') => ctx.combine([towards, conditional[key]], [rest, unconditional[key]]);
      return { denoised: mixed('denoised'), noise: mixed('noise') };
    }),
});
