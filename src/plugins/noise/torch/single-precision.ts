/*
 * Logarithm, sine and cosine in single precision as vectorised CPU code computes them: the polynomials of the Cephes
 * library (Moshier 1989) with fused multiply-adds. Every operation rounds to float32, in exactly this order; another
 * order is as good, but gives other bits.
 */

const single = new Float32Array(1);
const singleBits = new Int32Array(single.buffer);
const double = new Float64Array(1);
const doubleBits = new Uint32Array(double.buffer);
/** Index of the word with the lower bits: 0 on little-endian machines. */
const LOW = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 0 : 1;

/**
 * `a * b + c` of three float32 numbers, rounded once. The product is exact in double precision; the sum is not, which
 * matters only where its double lies in the middle between two float32 numbers: there what was lost decides.
 */
export function fusedMultiplyAdd(a: number, b: number, c: number): number {
  const product = a * b;
  const sum = product + c;
  double[0] = sum;
  if (((doubleBits[LOW] ?? 0) & 0x1fffffff) !== 0x10000000) return Math.fround(sum);
  const back = sum - product;
  const lost = product - (sum - back) + (c - back);
  if (lost !== 0) doubleBits[LOW] = (doubleBits[LOW] ?? 0) + (lost > 0 === sum > 0 ? 1 : -1);
  return Math.fround(double[0]);
}

const constants = (...values: readonly number[]): Float32Array => Float32Array.from(values);

const LOG = constants(
  ...[7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1],
  ...[-1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1],
);
const [LN2_LOW, LN2_HIGH, ROOT_HALF] = constants(-2.1219444e-4, 0.693359375, Math.SQRT1_2) as unknown as Triple;
const [TURN_A, TURN_B, TURN_C] = constants(
  -0.78515625,
  -2.4187564849853516e-4,
  -3.774894977445941e-8,
) as unknown as Triple;
const [SIN_A, SIN_B, SIN_C] = constants(-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1) as unknown as Triple;
const [COS_A, COS_B, COS_C] = constants(
  2.443315711809948e-5,
  -1.388731625493765e-3,
  4.166664568298827e-2,
) as unknown as Triple;
const FOUR_OVER_PI = Math.fround(1.27323954473516);

type Triple = readonly [number, number, number];

/** Natural logarithm of a positive, normal float32 number. */
export function logSingle(value: number): number {
  single[0] = value;
  const bits = singleBits[0] ?? 0;
  singleBits[0] = (bits & 0x7fffff) | 0x3f000000;
  const mantissa = single[0];
  const small = mantissa < ROOT_HALF;
  const exponent = (bits >>> 23) - (small ? 127 : 126);
  const x = Math.fround(Math.fround(mantissa - 1) + (small ? mantissa : 0));
  const z = Math.fround(x * x);
  let y = LOG[0] ?? 0;
  for (let i = 1; i < LOG.length; i++) y = fusedMultiplyAdd(y, x, LOG[i] ?? 0);
  y = Math.fround(y * x);
  y = fusedMultiplyAdd(y, z, Math.fround(exponent * LN2_LOW));
  y = fusedMultiplyAdd(-z, 0.5, y);
  return fusedMultiplyAdd(exponent, LN2_HIGH, Math.fround(x + y));
}

/** Sine and cosine of a float32 number from 0 to 2 pi. */
export function sinCosSingle(angle: number): readonly [sin: number, cos: number] {
  // The nearest even number of eighths of a turn; what is left lies in [-pi / 4, pi / 4].
  const eighth = (Math.trunc(Math.fround(angle * FOUR_OVER_PI)) + 1) & ~1;
  let x = angle;
  for (const part of [TURN_A, TURN_B, TURN_C]) x = fusedMultiplyAdd(eighth, part, x);
  const z = Math.fround(x * x);
  let sin = fusedMultiplyAdd(fusedMultiplyAdd(SIN_A, z, SIN_B), z, SIN_C);
  sin = fusedMultiplyAdd(Math.fround(sin * z), x, x);
  let cos = fusedMultiplyAdd(fusedMultiplyAdd(COS_A, z, COS_B), z, COS_C);
  cos = fusedMultiplyAdd(Math.fround(cos * z), z, -Math.fround(z * 0.5));
  cos = Math.fround(cos + 1);
  const swapped = (eighth & 2) !== 0;
  const [sinSign, cosSign] = [(eighth & 4) === 0 ? 1 : -1, ((eighth - 2) & 4) === 0 ? -1 : 1];
  return [sinSign * (swapped ? cos : sin), cosSign * (swapped ? sin : cos)];
}
