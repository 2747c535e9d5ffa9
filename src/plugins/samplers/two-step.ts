import { z } from 'zod';
import type { StepContext } from '../../core/contracts/sampler.js';

/** What the two-step solvers of the DPM-Solver family may be told, on the ODE and on the SDE. */
export const twoStepConfig = z.strictObject({
  solver: z.enum(['midpoint', 'heun']).default('midpoint').describe('how the second order term is weighted'),
  finalOrder: z
    .union([z.literal(1), z.literal(2)])
    .default(2)
    .describe('order of the last step; 1 steadies runs of few steps'),
});

/**
 * Weight of `denoised - lastDenoised` in a step: the second order term of Lu et al. 2022 ("DPM-Solver++"), equations of
 * the midpoint and of the Heun form. 0 in a first step, in one to the clean level, and in a last one of order 1.
 *
 * @param first - weight of the estimate in a first order step
 * @param width - width of the step in lambda, as the exponential of the form has it: h, on the SDE 2h
 */
export function twoStepBend(
  { solver, finalOrder }: z.output<typeof twoStepConfig>,
  { index, count, from, to }: Pick<StepContext, 'index' | 'count' | 'from' | 'to'>,
  { lastLambda, first, width }: { readonly lastLambda: number; readonly first: number; readonly width: number },
): number {
  const rate = (to.lambda - from.lambda) / (from.lambda - lastLambda);
  const lowered = finalOrder === 1 && index === count - 1;
  if (lowered || !Number.isFinite(rate) || rate <= 0) return 0;
  return rate * (solver === 'midpoint' ? first / 2 : to.alpha - first / width);
}
