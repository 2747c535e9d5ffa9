import type { NoiseKey, NoiseSource } from '../../../src/core/contracts/noise-source.js';

/** A keyed source that is good enough to shuffle with: each number is a hash of its key and its place. */
export const plainNoise: NoiseSource = {
  uniform: (key, count) => Float64Array.from({ length: count }, (_, i) => share(key, i)),
  normal: (key, count) =>
    Float64Array.from({ length: count }, (_, i) => {
      const radius = Math.sqrt(-2 * Math.log(1 - share(key, 2 * i)));
      return radius * Math.cos(2 * Math.PI * share(key, 2 * i + 1));
    }),
};

function share({ seed, purpose, step }: NoiseKey, place: number): number {
  let hash = 2166136261;
  for (const letter of `${seed}/${purpose}/${step}/${place}`) hash = Math.imul(hash ^ letter.charCodeAt(0), 16777619);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
