import { z } from 'zod';
import type { GuidanceContext } from '../../core/contracts/guidance.js';
import type { Denoised } from '../../core/contracts/sampler.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { scale } from './guidance-scale.js';
import { mixedReadings, shiftedReading } from './mixed-readings.js';
import { outputOf, outputSetting, shiftOf, type Output } from './outputs.js';
import { quotient } from './quotient.js';
import { twoSided } from './two-sided.js';

const config = z.strictObject({
  scale: scale.default(2),
  phi: z.number().min(0).max(1).default(0.7).describe('share of the rescaled estimate: 0 is cfg'),
  of: outputSetting.default('x0').describe('what is rescaled; the paper rescales the output of its network, v'),
});

/**
 * Classifier-free guidance with the contrast of the conditional side: the guided estimate times `std(conditional) /
 * std(guided)`, mixed with itself by `phi`; standard deviations are each sample's own (Lin et al. 2024, "Common
 * Diffusion Noise Schedules and Sample Steps are Flawed", section 3.4). `scale` may be live.
 * When: high scales of cfg overexpose images.
 */
export const cfgRescale = definePlugin({
  role: Roles.guidance,
  name: 'cfg-rescale',
  summary: 'Classifier-free guidance whose contrast is brought back to that of the conditional side.',
  reference: 'Lin et al. 2024, "Common Diffusion Noise Schedules and Sample Steps are Flawed", section 3.4',
  tags: { live: true, when: 'high scales of cfg overexpose images' },
  config,
  create: ({ config }) =>
    twoSided(config.scale, (ctx, now, conditional, unconditional) => {
      const guided = mixedReadings(ctx, [1 - now, unconditional], [now, conditional]);
      return rescaled(ctx, guided, conditional, config);
    }),
});

function rescaled(
  ctx: GuidanceContext,
  guided: Denoised,
  conditional: Denoised,
  { phi, of }: { readonly phi: number; readonly of: Output },
): Denoised {
  const share = shiftOf(of, ctx.level);
  if (share === undefined) return guided;
  const output = outputOf(ctx, of, guided);
  const ratio = quotient(ctx, ctx.std(outputOf(ctx, of, conditional)), ctx.std(output));
  const more = ctx.perSample('multiply', ctx.perSample('subtract', ratio, 1), phi * share);
  return shiftedReading(ctx, guided, ctx.combine([more, output]));
}
