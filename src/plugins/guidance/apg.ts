import { z } from 'zod';
import { positive, real } from '../../core/assembly/config-numbers.js';
import type { GuidanceContext } from '../../core/contracts/guidance.js';
import type { Vector } from '../../core/contracts/vector.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { BOTH, CONDITIONAL, readingOf, UNCONDITIONAL } from './branches.js';
import { liveScale, scale } from './guidance-scale.js';
import { shiftedReading } from './mixed-readings.js';
import { quotient } from './quotient.js';

const config = z.strictObject({
  scale: scale.default(2),
  parallel: real().default(0).describe('weight of the part that points along the estimate: it saturates; 1 keeps it'),
  momentum: z.number().gt(-1).lt(1).default(-0.5).describe('share of the last direction; below 0 pushes off from it'),
  threshold: positive()
    .nullable()
    .default(null)
    .describe('longest direction, as the norm of a sample; null lets it be'),
});

type Shaping = Omit<z.output<typeof config>, 'scale'>;

/**
 * Adaptive projected guidance: the direction from the unconditional to the conditional estimate gets a (negative)
 * momentum, is limited in length, and loses the part parallel to the conditional estimate; the result is `conditional +
 * (scale - 1) * direction`, each sample by itself (Sadat et al. 2024, "Eliminating Oversaturation and Artifacts of High
 * Guidance Scales in Diffusion Models", section 4). `scale` may be live.
 * When: high scales are needed without oversaturation.
 */
export const apg = definePlugin({
  role: Roles.guidance,
  name: 'apg',
  summary:
    'Adaptive projected guidance: the direction of guidance with momentum, cut to a length, without its part along the estimate.',
  reference:
    'Sadat et al. 2024, "Eliminating Oversaturation and Artifacts of High Guidance Scales in Diffusion Models", section 4',
  tags: { live: true, when: 'high scales are needed without oversaturation' },
  config,
  create: ({ config }) => {
    const { live, of } = liveScale(config.scale);
    return {
      live,
      branches: (_, values) => (of(values) === 1 ? [CONDITIONAL] : BOTH),
      init: () => ({ direction: undefined as Vector | undefined }),
      combine(state, ctx) {
        const now = of(ctx.live);
        const conditional = readingOf(ctx, CONDITIONAL);
        if (now === 1) return [state, conditional];
        const unconditional = readingOf(ctx, UNCONDITIONAL);
        const last = state['direction'];
        const direction = ctx.combine(
          [1, conditional.denoised],
          [-1, unconditional.denoised],
          ...(typeof last === 'object' ? ([[config.momentum, last]] as const) : []),
        );
        const shift = ctx.combine([now - 1, shaped(ctx, direction, conditional.denoised, config)]);
        return [{ direction }, shiftedReading(ctx, conditional, shift)];
      },
    };
  },
});

function shaped(ctx: GuidanceContext, direction: Vector, along: Vector, { parallel, threshold }: Shaping): Vector {
  const cut = threshold === null ? direction : shortened(ctx, direction, threshold);
  if (parallel === 1) return cut;
  const share = quotient(ctx, ctx.dot(cut, along), ctx.dot(along, along));
  return ctx.combine([1, cut], [ctx.perSample('multiply', share, parallel - 1), along]);
}

function shortened(ctx: GuidanceContext, direction: Vector, longest: number): Vector {
  const ratio = quotient(ctx, longest, ctx.norm(direction));
  return ctx.combine([ctx.perSample('minimum', ratio, 1), direction]);
}
