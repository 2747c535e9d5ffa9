import { z } from 'zod';
import type { GuidanceContext } from '../../core/contracts/guidance.js';
import type { Vector } from '../../core/contracts/vector.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { functionOfEach } from './function-of-each.js';
import { scale } from './guidance-scale.js';
import { mixedReadings, shiftedReading } from './mixed-readings.js';
import { outputOf, outputSetting, shiftOf } from './outputs.js';
import { quotient } from './quotient.js';
import { twoSided } from './two-sided.js';

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
  create: ({ config: { scale: configured, of: output } }) =>
    twoSided(configured, (ctx, now, conditional, unconditional) => {
      const share = shiftOf(output, ctx.level);
      const [u, c] = [outputOf(ctx, output, unconditional), outputOf(ctx, output, conditional)];
      const damped =
        share === undefined
          ? unconditional
          : shiftedReading(ctx, unconditional, ctx.combine([share, across(ctx, u, c)]));
      return mixedReadings(ctx, [1 - now, damped], [now, conditional]);
    }),
});

/** What takes `u` to its part along the first singular vector of the pair of `u` and `c`. */
function across(ctx: GuidanceContext, u: Vector, c: Vector): Vector {
  const { perSample, dot, combine } = ctx;
  const [uu, cc, uc] = [dot(u, u), dot(c, c), dot(u, c)];
  const half = perSample('multiply', perSample('subtract', uu, cc), 0.5);
  const root = functionOfEach(
    ctx,
    'sqrt',
    perSample('add', perSample('multiply', half, half), perSample('multiply', uc, uc)),
  );
  const largest = perSample('add', perSample('multiply', perSample('add', uu, cc), 0.5), root);
  // The singular vector is `a u + b c`, where (a, b) is an eigenvector of the products: (half + root, uc).
  const [a, b] = [perSample('add', half, root), uc];
  const along = perSample('add', perSample('multiply', a, uu), perSample('multiply', b, uc));
  const squares = perSample('add', perSample('multiply', a, a), perSample('multiply', b, b));
  const factor = quotient(ctx, along, perSample('multiply', largest, squares));
  return combine([perSample('multiply', factor, a), u], [perSample('multiply', factor, b), c], [-1, u]);
}
