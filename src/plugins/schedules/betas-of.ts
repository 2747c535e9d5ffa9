import { z } from 'zod';
import { tableConfig, trainStepsConfig } from './table-config.js';

/** Config that schedules drawn as alpha² of the time share. */
export const alphaBarConfig = {
  trainSteps: trainStepsConfig,
  maxBeta: z.number().gt(0).lt(1).default(0.999).describe('largest beta'),
  ...tableConfig,
};

/**
 * The betas of a curve `alpha²(u)` that falls over u in [0, 1]: 1 minus the ratio of neighbours, at most `maxBeta`
 * (Nichol & Dhariwal 2021, section 3.2).
 */
export function betasOf(alphaBar: (u: number) => number, trainSteps: number, maxBeta: number): number[] {
  const beta = (i: number): number => 1 - alphaBar((i + 1) / trainSteps) / alphaBar(i / trainSteps);
  return Array.from({ length: trainSteps }, (_, i) => Math.min(beta(i), maxBeta));
}
