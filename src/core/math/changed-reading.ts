import type { Denoised } from '../contracts/sampler.js';

/** Parts of a reading that take the place of its own. */
export type ReadingChanges = { readonly [K in keyof Denoised]?: Denoised[K] | undefined };

/**
 * A reading with other parts. Part by part: a reading may compute its estimates when they are asked for, and to spread it
 * would lose them.
 */
export function changedReading(reading: Denoised, changes: ReadingChanges): Denoised {
  const unguided = changes.unguided ?? reading.unguided;
  const variance = changes.variance ?? reading.variance;
  return {
    denoised: changes.denoised ?? reading.denoised,
    noise: changes.noise ?? reading.noise,
    ...(unguided === undefined ? {} : { unguided }),
    ...(variance === undefined ? {} : { variance }),
  };
}
