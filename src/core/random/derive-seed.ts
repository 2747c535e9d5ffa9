import { philox4x32 } from './philox.js';
import { philoxKey } from './philox-key.js';

/**
 * A new seed in [0, 2^53), a function of a seed, a purpose and an index: seeds of samples, workers or repetitions that
 * do not run into each other as `seed + index` does.
 *
 * @example
 * const seeds = [0, 1, 2].map((k) => deriveSeed(seed, 'evaluation', k));
 *
 * @throws DiffusionError `RXD_REQUEST_INVALID` where seed or index is no safe integer
 */
export function deriveSeed(seed: number, purpose: string, index = 0): number {
  const { key0, key1, counter1, counter2, counter3 } = philoxKey({ seed, purpose, step: index }, 'seed');
  const words = new Int32Array(4);
  philox4x32(words, 0, counter1, counter2, counter3, key0, key1);
  return ((words[1] ?? 0) >>> 11) * 2 ** 32 + ((words[0] ?? 0) >>> 0);
}
