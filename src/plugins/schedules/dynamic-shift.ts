import { z } from 'zod';
import { MOST, real, whole } from '../../core/assembly/config-numbers.js';

/** Config of a shift that depends on the size of the image. */
export const dynamicShiftConfig = z
  .strictObject({
    kind: z.enum(['exponential', 'linear']).default('exponential').describe('the shift is exp(mu), or mu itself'),
    mu: real().optional().describe('mu; from the sequence length where absent'),
    sequenceLength: whole(MOST.side ** 2)
      .optional()
      .describe('number of tokens of an image in the network'),
    baseLength: whole(MOST.side ** 2)
      .default(256)
      .describe('tokens at which mu is baseShift'),
    maxLength: whole(MOST.side ** 2)
      .default(4096)
      .describe('tokens at which mu is maxShift'),
    baseShift: real().default(0.5).describe('mu of small images'),
    maxShift: real().default(1.15).describe('mu of large images'),
  })
  .refine(({ mu, sequenceLength }) => (mu === undefined) !== (sequenceLength === undefined), {
    path: ['mu'],
    error: 'give either mu or sequenceLength',
  })
  .refine((dynamic) => shiftOf(dynamic) > 0, { path: ['mu'], error: 'a linear shift must be positive' });

/** A shift that depends on the size of the image. */
export interface DynamicShift {
  readonly kind: 'exponential' | 'linear';
  readonly mu?: number | undefined;
  readonly sequenceLength?: number | undefined;
  readonly baseLength: number;
  readonly maxLength: number;
  readonly baseShift: number;
  readonly maxShift: number;
}

/**
 * The shift of a sequence length: mu lies on a straight line through both ends, and the shift is exp(mu), so that the
 * times of Esser et al. 2024, equation 23 become `e^mu / (e^mu + 1/t - 1)` (FLUX.1), or mu itself.
 */
export function shiftOf(dynamic: DynamicShift): number {
  const { kind, sequenceLength = 0, baseLength, maxLength, baseShift, maxShift } = dynamic;
  const slope = (maxShift - baseShift) / (maxLength - baseLength);
  const mu = dynamic.mu ?? baseShift + slope * (sequenceLength - baseLength);
  return kind === 'exponential' ? Math.exp(mu) : mu;
}
