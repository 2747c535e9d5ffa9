import { z } from 'zod';
import type { GuidanceContext } from '../../core/contracts/guidance.js';
import type { PerSample, Vector } from '../../core/contracts/vector.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { BOTH, CONDITIONAL, readingOf, UNCONDITIONAL } from './branches.js';
import { liveScale, scale } from './guidance-scale.js';
import { mixedReadings, shiftedReading } from './mixed-readings.js';
import { outputOf, outputSetting, shiftOf } from './outputs.js';
import { quotient } from './quotient.js';

const config = z.strictObject({
  scale: scale.default(5),
  of: outputSetting.default('epsilon').describe('what is damped: the output of the network'),
});

/**
 * Tangential damping: cfg whose unconditional side keeps only its part along the direction that both sides share most, the
 * first singular vector of the pair, each sample by itself (Kwon et al. 2025, "TCFG: Tangential Damping Classifier-free
 * Guidance", algorithm 1). `scale` may be live.
 * When: cfg leaves the data, in pictures with wrong structure at moderate scales.
 */
export const tangential = definePlugin({
  role: Roles.guidance,
  name: 'tangential',
  summary: 'Tangential damping (TCFG): cfg whose unconditional side keeps its part along what both sides share most.',
  reference: 'Kwon et al. 2025, "TCFG: Tangential Damping Classifier-free Guidance", algorithm 1',
  tags: { live: true, when: 'cfg leaves the data: wrong structure at moderate scales' },
  config,
  create: ({ config: { of: output, ...config } }) => {
    const { live, of } = liveScale(config.scale);
    return {
      live,
      branches: (_, values) => (of(values) === 1 ? [CONDITIONAL] : BOTH),
      init: () => ({}),
      combine(state, ctx) {
        const conditional = readingOf(ctx, CONDITIONAL);
        const now = of(ctx.live);
        if (now === 1) return [state, conditional];
        const unconditional = readingOf(ctx, UNCONDITIONAL);
        const share = shiftOf(output, ctx.level);
        const [u, c] = [outputOf(ctx, output, unconditional), outputOf(ctx, output, conditional)];
        const damped =
          share === undefined
            ? unconditional
            : shiftedReading(ctx, unconditional, ctx.combine([share, across(ctx, u, c)]));
        return [state, mixedReadings(ctx, [1 - now, damped], [now, conditional])];
      },
    };
  },
});

/** What takes `u` to its part along the first singular vector of the pair of `u` and `c`. */
function across(ctx: GuidanceContext, u: Vector, c: Vector): Vector {
  const { perSample, dot, combine } = ctx;
  const [uu, cc, uc] = [dot(u, u), dot(c, c), dot(u, c)];
  const half = perSample('multiply', perSample('subtract', uu, cc), 0.5);
  const root = squareRoot(ctx, perSample('add', perSample('multiply', half, half), perSample('multiply', uc, uc)));
  const largest = perSample('add', perSample('multiply', perSample('add', uu, cc), 0.5), root);
  // The singular vector is `a u + b c`, where (a, b) is an eigenvector of the products: (half + root, uc).
  const [a, b] = [perSample('add', half, root), uc];
  const along = perSample('add', perSample('multiply', a, uu), perSample('multiply', b, uc));
  const squares = perSample('add', perSample('multiply', a, a), perSample('multiply', b, b));
  const factor = quotient(ctx, along, perSample('multiply', largest, squares));
  return combine([perSample('multiply', factor, a), u], [perSample('multiply', factor, b), c], [-1, u]);
}

/** The root of a number a sample, by that of a vector that holds it everywhere. */
function squareRoot(ctx: GuidanceContext, value: PerSample): PerSample {
  const ones = ctx.exp(ctx.combine([0, ctx.x]));
  return ctx.perSample('divide', ctx.dot(ctx.sqrt(ctx.combine([value, ones])), ones), ctx.dot(ones, ones));
}
