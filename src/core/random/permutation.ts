import type { NoiseKey } from '../contracts/noise-source.js';
import { uniforms } from './draws.js';

/**
 * 0 … count - 1 in an order that is a function of the key and the count alone: Fisher and Yates' shuffle (Knuth, The
 * Art of Computer Programming, volume 2, algorithm 3.4.2P). Each order is as likely as any other, up to 2^-53.
 *
 * @throws DiffusionError `RXD_REQUEST_INVALID` where seed or step of the key is no safe integer
 */
export function permutation(key: NoiseKey, count: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, place) => place);
  const draws = uniforms(key, count);
  for (let last = count - 1; last > 0; last -= 1) {
    const chosen = Math.floor((draws[last] ?? 0) * (last + 1));
    const moved = order[last] ?? 0;
    order[last] = order[chosen] ?? 0;
    order[chosen] = moved;
  }
  return order;
}
