import { unsupported } from './corrupt.js';

/** Number formats of safetensors that can be read, with their width. */
export const BYTES_OF = {
  ...{ F64: 8, F32: 4, F16: 2, BF16: 2, F8_E4M3: 1, F8_E5M2: 1 },
  ...{ I64: 8, I32: 4, I16: 2, I8: 1, U64: 8, U32: 4, U16: 2, U8: 1, BOOL: 1 },
} as const;

/** A number format of safetensors. */
export type NumberFormat = keyof typeof BYTES_OF;

/**
 * Reads little-endian numbers: floats as float32, integers as int32. Narrower floats are widened exactly: every float16,
 * bfloat16 and float8 is a float32. Throws `RXD_FORMAT_UNSUPPORTED` for an integer that needs more bits.
 */
export function readNumbers(format: NumberFormat, bytes: Uint8Array, what: string): Float32Array | Int32Array {
  const count = bytes.byteLength / BYTES_OF[format];
  const values = FLOATS.has(format) ? new Float32Array(count) : new Int32Array(count);
  if (LITTLE_ENDIAN && (format === 'F32' || format === 'I32')) {
    new Uint8Array(values.buffer).set(bytes);
    return values;
  }
  if (LITTLE_ENDIAN && format === 'F16') return widened(bytes, values);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = readers[format];
  for (let i = 0; i < count; i++) values[i] = read(view, i * BYTES_OF[format], what);
  return values;
}

/** Whether numbers in memory lie as they do in files; everywhere that tfjs runs. */
export const LITTLE_ENDIAN: boolean = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** The tensor kind that numbers of a format become. */
export const kindOf = (format: NumberFormat): 'float32' | 'int32' => (FLOATS.has(format) ? 'float32' : 'int32');

/** The format of numbers that an engine may take as they lie in a file; nothing for all others. */
export function storedFormat(format: NumberFormat): 'float32' | 'float16' | undefined {
  if (!LITTLE_ENDIAN) return undefined;
  return format === 'F32' ? 'float32' : format === 'F16' ? 'float16' : undefined;
}

const FLOATS: ReadonlySet<NumberFormat> = new Set(['F64', 'F32', 'F16', 'BF16', 'F8_E4M3', 'F8_E5M2']);

const bits = new Uint32Array(1);
const asFloat = new Float32Array(bits.buffer);

const readers: Readonly<Record<NumberFormat, (view: DataView, at: number, what: string) => number>> = {
  F64: (view, at) => view.getFloat64(at, true),
  F32: (view, at) => view.getFloat32(at, true),
  F16: (view, at) => halves()[view.getUint16(at, true)] ?? 0,
  BF16: (view, at) => {
    bits[0] = view.getUint16(at, true) << 16;
    return asFloat[0] ?? 0;
  },
  F8_E4M3: (view, at) => smallToFloat(view.getUint8(at)),
  // The upper byte of half precision.
  F8_E5M2: (view, at) => halfToFloat(view.getUint8(at) << 8),
  I64: (view, at, what) => narrowed(view.getBigInt64(at, true), what),
  I32: (view, at) => view.getInt32(at, true),
  I16: (view, at) => view.getInt16(at, true),
  I8: (view, at) => view.getInt8(at),
  U64: (view, at, what) => narrowed(view.getBigUint64(at, true), what),
  U32: (view, at, what) => narrowed(BigInt(view.getUint32(at, true)), what),
  U16: (view, at) => view.getUint16(at, true),
  U8: (view, at) => view.getUint8(at),
  BOOL: (view, at) => view.getUint8(at),
};

let table: Float32Array | undefined;

/** Every float16 as float32. */
const halves = (): Float32Array => (table ??= Float32Array.from({ length: 2 ** 16 }, (_, half) => halfToFloat(half)));

/** Half precision, number by number out of a table. */
function widened<T extends Float32Array | Int32Array>(bytes: Uint8Array, values: T): T {
  const isAligned = bytes.byteOffset % 2 === 0;
  const { buffer, byteOffset } = isAligned ? bytes : bytes.slice();
  const [numbers, wide] = [new Uint16Array(buffer, byteOffset, values.length), halves()];
  for (let i = 0; i < numbers.length; i++) values[i] = wide[numbers[i] as number] as number;
  return values;
}

/** IEEE 754 half precision: sign, 5 bits of exponent, 10 of fraction. */
function halfToFloat(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Sign, 4 bits of exponent, 3 of fraction; no infinity, NaN is all ones (Micikevicius et al. 2022, section 3.1). */
function smallToFloat(byte: number): number {
  const sign = byte & 0x80 ? -1 : 1;
  const exponent = (byte >> 3) & 0xf;
  const fraction = byte & 7;
  if (exponent === 0) return sign * fraction * 2 ** -9;
  if (exponent === 15 && fraction === 7) return NaN;
  return sign * (1 + fraction / 8) * 2 ** (exponent - 7);
}

function narrowed(value: bigint, what: string): number {
  if (BigInt.asIntN(32, value) === value) return Number(value);
  throw unsupported(what, `the integer ${value}`, 'integers that fit into 32 bits, as tensors here hold them');
}
