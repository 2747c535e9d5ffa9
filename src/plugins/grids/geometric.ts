import type { SigmaEnds } from './sigma-ends.js';

/** A number between two ends, evenly spaced in its logarithm. */
export function geometric({ low, high }: SigmaEnds, share: number): number {
  return Math.exp(Math.log(high) + share * (Math.log(low) - Math.log(high)));
}
