import { z } from 'zod';

/** Config of schedules that are drawn between two betas. */
export function betaRange(betaStart: number, betaEnd: number) {
  return z.strictObject({
    trainSteps: z.int().min(1).default(1000).describe('number of training steps: time is an index 0 … trainSteps - 1'),
    betaStart: z.number().gt(0).lt(1).default(betaStart).describe('beta of the first step'),
    betaEnd: z.number().gt(0).lt(1).default(betaEnd).describe('beta of the last step'),
    finalAlpha: z
      .enum(['one', 'first'])
      .default('one')
      .describe('where sampling ends: without noise, or at the first level of the table'),
  });
}

/** `count` numbers from `start` to `end`, both included. */
export function linspace(start: number, end: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => (count === 1 ? start : start + ((end - start) * i) / (count - 1)));
}
