import { z } from 'zod';
import { tableConfig, trainStepsConfig } from './table-config.js';

/** Config of schedules that are drawn between two betas. */
export function betaRange(betaStart: number, betaEnd: number) {
  return z.strictObject({
    trainSteps: trainStepsConfig,
    betaStart: z.number().gt(0).lt(1).default(betaStart).describe('beta of the first step'),
    betaEnd: z.number().gt(0).lt(1).default(betaEnd).describe('beta of the last step'),
    ...tableConfig,
  });
}

/** `count` numbers from `start` to `end`, both included. */
export function linspace(start: number, end: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => (count === 1 ? start : start + ((end - start) * i) / (count - 1)));
}
