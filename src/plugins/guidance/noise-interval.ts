import { nonNegative, positive } from '../../core/assembly/config-numbers.js';
import type { NoiseLevel } from '../../core/contracts/noise-level.js';

/** Where a guidance is at work, by sigma / alpha. */
export interface NoiseInterval {
  readonly above: number;
  readonly upTo: number | null;
}

/** The config of an interval of noise. */
export const above = nonNegative().describe('guides where sigma / alpha is more than this; 0 also at the end');
export const upTo = positive()
  .nullable()
  .describe('and where sigma / alpha is at most this; null also from pure noise on');

/** Whether a level lies in an interval of noise. */
export function isInside({ alpha, sigma }: NoiseLevel, { above, upTo }: NoiseInterval): boolean {
  return sigma > above * alpha && (upTo === null || sigma <= upTo * alpha);
}
