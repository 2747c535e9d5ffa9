import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { gunzip } from '../../../src/core/images/compression.js';

const bytes = Uint8Array.from({ length: 200_000 }, (_, i) => (i * i) % 251);
/** `toEqual` looks at each of so many numbers. */
const isSame = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
const limited = (most: number) => ({ most: () => most, refuse: (got: number) => new RangeError(`more than ${got}`) });

describe('gunzip', () => {
  it('unpacks with a limit and without', async () => {
    for (const length of [0, 1, 63, 64, 65, bytes.length]) {
      const some = bytes.subarray(0, length);
      for (const limit of [undefined, limited(length), limited(length + 1000)])
        expect(isSame(await gunzip(gzipSync(some), limit), some)).toBe(true);
    }
  });

  it('puts the pieces where they stay: what comes is as large as what was unpacked', async () => {
    const { buffer } = await gunzip(gzipSync(bytes), limited(bytes.length));
    expect(buffer.byteLength).toBe(bytes.length);
  });

  it('unpacks several members, one after the other', async () => {
    const packed = Buffer.concat([gzipSync(bytes.subarray(0, 999)), gzipSync(bytes.subarray(999))]);
    expect(isSame(await gunzip(packed, limited(bytes.length)), bytes)).toBe(true);
  });

  it('refuses more than the limit', async () => {
    await expect(gunzip(gzipSync(bytes), limited(bytes.length - 1))).rejects.toThrow(`more than ${bytes.length - 1}`);
    await expect(gunzip(gzipSync(bytes.subarray(0, 9)), limited(8))).rejects.toThrow('more than 8');
  });

  it('takes no memory for what packed bytes cannot hold, whatever is said of their length', async () => {
    const packed = gzipSync(bytes.subarray(0, 100));
    const { buffer } = await gunzip(packed, limited(2 ** 31));
    expect(buffer.byteLength).toBeLessThan(2000 * packed.length);
  });
});
