import { z } from 'zod';
import { positive } from '../../core/assembly/config-numbers.js';

/** Config of the SDEs whose beta(t) grows linearly over t in [0, 1]. */
export const linearSdeConfig = z
  .strictObject({
    betaMin: positive().default(0.1).describe('beta(0)'),
    betaMax: positive().default(20).describe('beta(1)'),
    tMin: z.number().gt(0).lt(1).default(1e-3).describe('least time that training and sampling see'),
  })
  .refine(({ betaMin, betaMax }) => betaMin < betaMax, { path: ['betaMax'], error: 'betaMax is not above betaMin' });

/** Ends of a beta(t) that grows linearly. */
export interface LinearBeta {
  readonly betaMin: number;
  readonly betaMax: number;
}

/** `ln alpha(t)`: half of minus the integral of beta (Song et al. 2021, equation 33). */
export function logAlphaAt(t: number, { betaMin, betaMax }: LinearBeta): number {
  return -((t ** 2 * (betaMax - betaMin)) / 4 + (t * betaMin) / 2);
}

/** The time of a signal scale: the root of the quadratic above, in the form that does not cancel for small t. */
export function timeOfLogAlpha(logAlpha: number, { betaMin, betaMax }: LinearBeta): number {
  if (logAlpha === -Infinity) return Infinity;
  return (-4 * logAlpha) / (betaMin + Math.sqrt(betaMin ** 2 - 4 * (betaMax - betaMin) * logAlpha));
}
