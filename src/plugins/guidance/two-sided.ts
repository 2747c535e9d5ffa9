import type { Guidance, GuidanceContext } from '../../core/contracts/guidance.js';
import type { Denoised } from '../../core/contracts/sampler.js';
import { BOTH, CONDITIONAL, readingOf, UNCONDITIONAL } from './branches.js';
import { liveScale } from './guidance-scale.js';

/** What both sides make of a call at a scale that is not 1. */
export type GuidedBySides = (
  ctx: GuidanceContext,
  scale: number,
  conditional: Denoised,
  unconditional: Denoised,
) => Denoised;

/** A guidance that remembers nothing and goes by both sides, with a live `scale`: at 1 it is the conditional side alone. */
export function twoSided(configured: number, guided: GuidedBySides): Guidance {
  const { live, of } = liveScale(configured);
  return {
    live,
    branches: (_, values) => (of(values) === 1 ? [CONDITIONAL] : BOTH),
    init: () => ({}),
    combine(state, ctx) {
      const conditional = readingOf(ctx, CONDITIONAL);
      const now = of(ctx.live);
      if (now === 1) return [state, conditional];
      return [state, guided(ctx, now, conditional, readingOf(ctx, UNCONDITIONAL))];
    },
  };
}
