import { z } from 'zod';
import { MOST, whole } from '../../core/assembly/config-numbers.js';
import type { GuidanceContext } from '../../core/contracts/guidance.js';
import type { Denoised } from '../../core/contracts/sampler.js';
import type { Vector } from '../../core/contracts/vector.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { BOTH, CONDITIONAL, readingOf, UNCONDITIONAL } from './branches.js';
import { liveScale, scale } from './guidance-scale.js';
import { quotient } from './quotient.js';

const config = z.strictObject({
  scale: scale.default(2),
  zeroSteps: whole(MOST.steps, 0)
    .default(1)
    .describe('first steps whose velocity is zero: the network is least accurate there'),
});

/**
 * CFG-Zero*: guidance of the velocity `noise - x0`, with the unconditional one scaled to fit the conditional one best,
 * `s = <conditional, unconditional> / |unconditional|²` for each sample; in the first steps the velocity is zero (Fan
 * et al. 2025, "CFG-Zero*: Improved Classifier-Free Guidance for Flow Matching Models"). On every path the velocity is
 * that of the flow path. `scale` may be live.
 * When: networks of flow matching.
 */
export const cfgZeroStar = definePlugin({
  role: Roles.guidance,
  name: 'cfg-zero-star',
  summary: 'Guides the velocity, with the unconditional one scaled to fit; it is zero in the first steps.',
  reference: 'Fan et al. 2025, "CFG-Zero*: Improved Classifier-Free Guidance for Flow Matching Models"',
  tags: { live: true, when: 'networks of flow matching' },
  config,
  create: ({ config }) => {
    const { live, of } = liveScale(config.scale);
    return {
      live,
      branches: (_, values) => (of(values) === 1 ? [CONDITIONAL] : BOTH),
      init: () => ({}),
      combine(state, ctx) {
        const now = of(ctx.live);
        const conditional = readingOf(ctx, CONDITIONAL);
        if (ctx.index < config.zeroSteps) return [state, readingWith(ctx, ctx.combine([0, ctx.x]))];
        if (now === 1) return [state, conditional];
        const unconditional = velocityOf(ctx, readingOf(ctx, UNCONDITIONAL));
        const towards = velocityOf(ctx, conditional);
        const fit = quotient(ctx, ctx.dot(towards, unconditional), ctx.dot(unconditional, unconditional));
        const velocity = ctx.combine([now, towards], [ctx.perSample('multiply', fit, 1 - now), unconditional]);
        return [state, readingWith(ctx, velocity)];
      },
    };
  },
});

function velocityOf({ combine }: GuidanceContext, { denoised, noise }: Denoised): Vector {
  return combine([1, noise], [-1, denoised]);
}

/** The reading of `x` with this velocity. */
function readingWith({ combine, x, level: { alpha, sigma } }: GuidanceContext, velocity: Vector): Denoised {
  const sum = alpha + sigma;
  return {
    denoised: combine([1 / sum, x], [-sigma / sum, velocity]),
    noise: combine([1 / sum, x], [alpha / sum, velocity]),
  };
}
