/*
 * Logarithm, sine and cosine made of `+ - * /` and integer operations only. ECMAScript rounds those exactly but leaves
 * `Math.log` and `Math.cos` to the engine, so two versions of Node may differ in the last bit; these never do.
 */

const double = new Float64Array(1);
const words = new Int32Array(double.buffer);
/** Index of the word with sign and exponent: 1 on little-endian machines. */
const HIGH = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;

const LN2_HIGH = 0.69314718036912381649;
const LN2_LOW = 1.90821492927058770002e-10;

/**
 * Natural logarithm of a positive, normal double, to a few units in the last place.
 * `x = 2^k * m` with `m` in [sqrt(1/2), sqrt(2)), and `ln m = 2 artanh(s)` with `s = (m - 1) / (m + 1)`, |s| < 0.172.
 */
export function log(x: number): number {
  double[0] = x;
  const high = words[HIGH] ?? 0;
  const fraction = high & 0xfffff;
  const upper = fraction > 0x6a09e ? 1 : 0;
  words[HIGH] = fraction | ((0x3ff - upper) << 20);
  const k = (high >> 20) - 0x3ff + upper;
  const m = double[0];
  const s = (m - 1) / (m + 1);
  return k * LN2_HIGH + (2 * s + (s * artanhTail(s * s) + k * LN2_LOW));
}

/** `2 (z/3 + z²/5 + …)`: the series of `2 artanh(s) / s - 2` in `z = s²`, to 2^-57 for z < 0.0295. */
function artanhTail(z: number): number {
  const z2 = z * z;
  const z4 = z2 * z2;
  const a = 2 / 3 + z * (2 / 5) + z2 * (2 / 7 + z * (2 / 9));
  const b = 2 / 11 + z * (2 / 13) + z2 * (2 / 15 + z * (2 / 17));
  const c = 2 / 19 + z * (2 / 21) + z2 * (2 / 23);
  return z * (a + z4 * (b + z4 * c));
}

/** Sine by its series, for |x| <= pi / 4. */
export function sinSmall(x: number): number {
  const z = x * x;
  const z2 = z * z;
  const a = -1 / 6 + z * (1 / 120);
  const b = -1 / 5040 + z * (1 / 362880);
  const c = -1 / 39916800 + z * (1 / 6227020800);
  const d = -1 / 1307674368000 + z * (1 / 355687428096000);
  return x + x * z * (a + z2 * (b + z2 * (c + z2 * d)));
}

/** Cosine by its series, for |x| <= pi / 4. */
export function cosSmall(x: number): number {
  const z = x * x;
  const z2 = z * z;
  const a = 1 / 24 - z * (1 / 720);
  const b = 1 / 40320 - z * (1 / 3628800);
  const c = 1 / 479001600 - z * (1 / 87178291200);
  const d = 1 / 20922789888000;
  return 1 - 0.5 * z + z2 * (a + z2 * (b + z2 * (c + z2 * d)));
}
