import { describe, expect, it } from 'vitest';
import { philox4x32 } from '../../../src/core/random/philox.js';

/**
 * The three known-answer vectors of philox4x32-10 from `tests/kat_vectors` of Random123 (D. E. Shaw Research):
 * counter, key, expected output. The third are digits of pi.
 */
const KNOWN_ANSWERS = [
  {
    counter: [0, 0, 0, 0],
    key: [0, 0],
    expected: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  },
  {
    counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    key: [0xffffffff, 0xffffffff],
    expected: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  },
  {
    counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    key: [0xa4093822, 0x299f31d0],
    expected: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  },
] as const;

type Quad = [number, number, number, number];
type Pair = [number, number];

describe('philox4x32', () => {
  it.each(KNOWN_ANSWERS)('gives the known answer $expected.0', ({ counter, key, expected }) => {
    const words = new Int32Array(4);
    philox4x32(words, ...(counter as readonly number[] as Quad), ...(key as readonly number[] as Pair));
    expect([...new Uint32Array(words.buffer)]).toEqual([...expected]);
  });

  it('agrees with the definition in big integers for keys and counters of all sizes', () => {
    const words = new Int32Array(4);
    for (let i = 0; i < 500; i += 1) {
      philox4x32(words, i, 0x9e3779b9 * i, -i, i << 20, 0xffffffff - i, i * i);
      const counter = [i, 0x9e3779b9 * i, -i, i << 20];
      expect([...new Uint32Array(words.buffer)]).toEqual(defined(counter, [0xffffffff - i, i * i]));
    }
  });
});

/** Salmon et al. 2011, section 3.3, word for word. */
function defined(counter: readonly number[], key: readonly number[]): number[] {
  const word = (value: number): bigint => BigInt.asUintN(32, BigInt(value));
  let [a = 0n, b = 0n, c = 0n, d = 0n] = counter.map(word);
  let [k0 = 0n, k1 = 0n] = key.map(word);
  for (let round = 0; round < 10; round += 1) {
    const first = a * 0xd2511f53n;
    const second = c * 0xcd9e8d57n;
    [a, b, c, d] = [(second >> 32n) ^ b ^ k0, second & 0xffffffffn, (first >> 32n) ^ d ^ k1, first & 0xffffffffn];
    k0 = BigInt.asUintN(32, k0 + 0x9e3779b9n);
    k1 = BigInt.asUintN(32, k1 + 0xbb67ae85n);
  }
  return [a, b, c, d].map(Number);
}
