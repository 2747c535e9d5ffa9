import type { NoiseKey } from '../contracts/noise-source.js';
import { cosSmall, log, sinSmall } from './exact-functions.js';
import { philox4x32 } from './philox.js';
import { philoxKey } from './philox-key.js';

const HALF_PI = Math.PI / 2;

/**
 * `count` uniform doubles in [0, 1), multiples of 2^-53. Elements `2b` and `2b + 1` come from block `b` of the key.
 *
 * @param from - the first element
 * @throws DiffusionError `RXD_REQUEST_INVALID` where seed or step is no safe integer
 */
export function uniforms(key: NoiseKey, count: number, from = 0): Float64Array {
  const { key0, key1, counter1, counter2, counter3 } = philoxKey(key, 'uniform');
  const out = new Float64Array(count);
  const words = new Int32Array(4);
  let block = Math.floor(from / 2);
  // Where the first element is the second of its block, the other one is written before the array.
  for (let i = -(from & 1); i < count; i += 2, block += 1) {
    philox4x32(words, block, counter1, counter2, counter3, key0, key1);
    out[i] = unit(words[0] ?? 0, words[1] ?? 0);
    // Writing one element past an end of a typed array does nothing.
    out[i + 1] = unit(words[2] ?? 0, words[3] ?? 0);
  }
  return out;
}

/**
 * `count` standard normal doubles by the transform of Box and Muller (1958, "A note on the generation of random normal
 * deviates"): `sqrt(-2 ln u) * (cos, sin)(2 pi v)`, two from a block, the largest possible 8.57. They are as exact as
 * `log`, `sin` and `cos` of this folder: the same bytes on every platform.
 *
 * @param from - the first element
 * @throws DiffusionError `RXD_REQUEST_INVALID` where seed or step is no safe integer
 */
export function normals(key: NoiseKey, count: number, from = 0): Float64Array {
  const { key0, key1, counter1, counter2, counter3 } = philoxKey(key, 'normal');
  const out = new Float64Array(count);
  const words = new Int32Array(4);
  let block = Math.floor(from / 2);
  for (let i = -(from & 1); i < count; i += 2, block += 1) {
    philox4x32(words, block, counter1, counter2, counter3, key0, key1);
    // 1 - u lies in (0, 1], where the logarithm is finite.
    const radius = Math.sqrt(-2 * log(1 - unit(words[0] ?? 0, words[1] ?? 0)));
    const turns = 4 * unit(words[2] ?? 0, words[3] ?? 0);
    const quadrant = (turns + 0.5) | 0;
    const angle = (turns - quadrant) * HALF_PI;
    const sin = radius * sinSmall(angle);
    const cos = radius * cosSmall(angle);
    const odd = (quadrant & 1) !== 0;
    const x = odd ? -sin : cos;
    const y = odd ? cos : sin;
    const turned = (quadrant & 2) !== 0;
    out[i] = turned ? -x : x;
    out[i + 1] = turned ? -y : y;
  }
  return out;
}

/** The 53 uppermost bits of two words as a double in [0, 1). */
function unit(low: number, high: number): number {
  return ((high >>> 6) * 0x8000000 + (low >>> 5)) / 2 ** 53;
}
