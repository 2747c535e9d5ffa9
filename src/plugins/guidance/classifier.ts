import { z } from 'zod';
import { nonNegative } from '../../core/assembly/config-numbers.js';
import type { Guidance, GuidanceContext } from '../../core/contracts/guidance.js';
import type { Vector } from '../../core/contracts/vector.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { CONDITIONAL, readingOf } from './branches.js';
import { liveScale } from './guidance-scale.js';
import { shiftedReading } from './mixed-readings.js';

const scale = nonNegative().describe('0 needs no classifier, 1 follows Bayes’ rule, more exaggerates; may be live');
const config = z.strictObject({ scale: scale.default(1) });

/**
 * Classifier guidance: `noise - scale * sigma * gradient`, with the gradient by `x` of a classifier's log-probability
 * of the condition (Dhariwal & Nichol 2021, algorithm 2, on any path). The network needs no conditions; the classifier
 * is in the slot `classifier`. At alpha 0, where `x` does not depend on the sample, nothing is added. `scale` may be
 * live.
 * When: the network takes no conditions, and a classifier of noisy samples is available.
 */
export const classifier = definePlugin({
  role: Roles.guidance,
  name: 'classifier',
  summary: "Classifier guidance: noise - scale * sigma * gradient of a classifier's log-probability.",
  reference: 'Dhariwal & Nichol 2021, algorithm 2, on any path',
  tags: { live: true, when: 'the network takes no conditions, and a classifier of noisy samples is available' },
  config,
  create: ({ config }): Guidance => {
    const { live, of } = liveScale(config.scale, scale);
    return {
      live,
      requires: ['classifier'],
      branches: () => [CONDITIONAL],
      init: () => ({}),
      combine(state, ctx) {
        const now = of(ctx.live);
        const { alpha, sigma } = ctx.level;
        const reading = readingOf(ctx, CONDITIONAL);
        if (now === 0 || alpha === 0) return [state, reading];
        const gradient = gradientOf(ctx);
        return [state, shiftedReading(ctx, reading, ctx.combine([(now * sigma ** 2) / alpha, gradient]))];
      },
    };
  },
});

function gradientOf({ classGradient }: GuidanceContext): Vector {
  if (classGradient !== undefined) return classGradient();
  throw new DiffusionError('RXD_COMBINATION', {
    problem: 'guidance got no gradient of a classifier',
    expected: 'the gradient of a classifier, as `requires` says',
    fix: 'give the run a classifier',
  });
}
