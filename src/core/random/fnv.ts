/** A 64-bit hash as two unsigned 32-bit words. */
export interface Hash64 {
  readonly low: number;
  readonly high: number;
}

const utf8 = new TextEncoder();

/**
 * FNV-1a, 64 bits, over the UTF-8 bytes of a text (Fowler, Noll and Vo; RFC 9923). The prime is 2^40 + 0x1b3, so a
 * product needs one small multiplication and a shift.
 */
export function fnv1a64(text: string): Hash64 {
  let low = 0x84222325;
  let high = 0xcbf29ce4;
  for (const byte of utf8.encode(text)) {
    const mixed = (low ^ byte) >>> 0;
    const product = mixed * 0x1b3;
    high = (Math.imul(high, 0x1b3) + Math.floor(product / 2 ** 32) + (mixed << 8)) >>> 0;
    low = product >>> 0;
  }
  return { low, high };
}
