import { corrupt } from './corrupt.js';

/** Number formats of safetensors that can be read, with their width. */
export const BYTES_OF = { F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, I16: 2, I8: 1, U8: 1, BOOL: 1 } as const;

/** A number format of safetensors. */
export type NumberFormat = keyof typeof BYTES_OF;

/** Reads little-endian numbers: floats as float32 (half precision is widened), integers as int32. */
export function readNumbers(format: NumberFormat, bytes: Uint8Array, what: string): Float32Array | Int32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = bytes.byteLength / BYTES_OF[format];
  const read = readers[format];
  const values = FLOATS.has(format) ? new Float32Array(count) : new Int32Array(count);
  for (let i = 0; i < count; i++) values[i] = read(view, i * BYTES_OF[format], what);
  return values;
}

const FLOATS: ReadonlySet<NumberFormat> = new Set(['F64', 'F32', 'F16', 'BF16']);

const bits = new Uint32Array(1);
const asFloat = new Float32Array(bits.buffer);

const readers: Readonly<Record<NumberFormat, (view: DataView, at: number, what: string) => number>> = {
  F64: (view, at) => view.getFloat64(at, true),
  F32: (view, at) => view.getFloat32(at, true),
  F16: (view, at) => halfToFloat(view.getUint16(at, true)),
  BF16: (view, at) => {
    bits[0] = view.getUint16(at, true) << 16;
    return asFloat[0] ?? 0;
  },
  I64: (view, at, what) => narrowed(view.getBigInt64(at, true), what),
  I32: (view, at) => view.getInt32(at, true),
  I16: (view, at) => view.getInt16(at, true),
  I8: (view, at) => view.getInt8(at),
  U8: (view, at) => view.getUint8(at),
  BOOL: (view, at) => view.getUint8(at),
};

/** IEEE 754 half precision: sign, 5 bits of exponent, 10 of fraction. */
function halfToFloat(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function narrowed(value: bigint, what: string): number {
  if (BigInt.asIntN(32, value) === value) return Number(value);
  throw corrupt(what, '64-bit integers must fit into 32 bits', String(value));
}
