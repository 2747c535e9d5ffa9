import { z } from 'zod';
import type { Guidance } from '../../core/contracts/guidance.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { BOTH, CONDITIONAL, readingOf, UNCONDITIONAL } from './branches.js';
import { liveScale } from './guidance-scale.js';

const scale = z
  .number()
  .min(0)
  .max(10)
  .describe('from 0 (unconditional) to 1 (the conditional estimate), or beyond; may be live');
const config = z.strictObject({ scale: scale.default(0.6) });

/**
 * CFG++: the guided estimate of the clean sample goes on with the noise of the unconditional side, at a scale between 0
 * and 1 (Chung et al. 2024, algorithm 2). Samples stay near the data where high scales of `cfg` leave it, and can be
 * inverted. `scale` may be live.
 * When: guided samples are to be inverted, or cfg oversaturates; with samplers that build each sample from estimate and
 * noise or read `unguided`: ddim, euler, euler-ancestral, dpmpp-2m, res-multistep and others.
 */
export const cfgPlusPlus = definePlugin({
  role: Roles.guidance,
  name: 'cfg-plus-plus',
  summary: 'Guides the estimate of the clean sample, and goes on with the noise of the unconditional side.',
  reference: 'Chung et al. 2024, "CFG++", algorithm 2',
  tags: { live: true, when: 'guided samples are to be inverted, or cfg oversaturates; with samplers such as ddim' },
  config,
  create: ({ config }): Guidance => {
    const { live, of } = liveScale(config.scale, scale);
    return {
      live,
      decouplesNoise: true,
      branches: (_, values) => (of(values) === 0 ? [UNCONDITIONAL] : BOTH),
      init: () => ({}),
      combine(state, ctx) {
        const now = of(ctx.live);
        const unconditional = readingOf(ctx, UNCONDITIONAL);
        if (now === 0) return [state, unconditional];
        const conditional = readingOf(ctx, CONDITIONAL);
        const denoised = ctx.combine([1 - now, unconditional.denoised], [now, conditional.denoised]);
        return [state, { denoised, noise: unconditional.noise, unguided: unconditional.denoised }];
      },
    };
  },
});
