import type { Vector } from '../../core/contracts/vector.js';

/** Estimated noises of this level and those before, each with its `sigma / alpha`, newest first. */
export type PastNoises = readonly (readonly [s: number, noise: Vector])[];

/** The last three of them as a flat record: what the state of a multistep sampler holds. */
export function remembered([first, second, third]: PastNoises) {
  return {
    s1: first?.[0],
    noise1: first?.[1],
    s2: second?.[0],
    noise2: second?.[1],
    s3: third?.[0],
    noise3: third?.[1],
  };
}

/** Undoes `remembered`. */
export function recalled({ s1, noise1, s2, noise2, s3, noise3 }: ReturnType<typeof remembered>): PastNoises {
  const pairs = [[s1, noise1] as const, [s2, noise2] as const, [s3, noise3] as const];
  return pairs.flatMap(([s, noise]) => (s === undefined || noise === undefined ? [] : [[s, noise] as const]));
}
