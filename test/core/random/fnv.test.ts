import { describe, expect, it } from 'vitest';
import { fnv1a64 } from '../../../src/core/random/fnv.js';

describe('fnv1a64', () => {
  /** Test vectors of the FNV reference code (`test_fnv.c` of Landon Curt Noll). */
  it.each([
    ['', 'cbf29ce484222325'],
    ['a', 'af63dc4c8601ec8c'],
    ['foobar', '85944171f73967e8'],
  ])('hashes %j as the reference does', (text, expected) => {
    expect(hex(text)).toBe(expected);
  });

  it('hashes UTF-8 bytes', () => {
    expect(hex('Größe 😀')).toBe(inBigIntegers('Größe 😀'));
  });
});

function hex(text: string): string {
  const { high, low } = fnv1a64(text);
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
}

function inBigIntegers(text: string): string {
  const hash = Buffer.from(text).reduce(
    (hash, byte) => BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n),
    0xcbf29ce484222325n,
  );
  return hash.toString(16).padStart(16, '0');
}
