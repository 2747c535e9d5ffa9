import { DiffusionError } from '../errors/diffusion-error.js';
import { formatValue } from '../errors/format-value.js';
import { LITTLE_ENDIAN } from './number-formats.js';

/**
 * How the floats of a file are stored: as they are, or in half the bytes. `float16` keeps 11 bits of precision up to 65,504
 * and down to 6e-8, `bfloat16` 8 bits over the range of float32. Both are widened exactly when they are read.
 */
export type StorageType = 'float32' | 'float16' | 'bfloat16';

/** How numbers are written. */
export interface WriteTensorsOptions {
  /** How floats are stored; float32 where absent. */
  readonly dtype?: StorageType;
}

/** A number format that this package writes. */
export type WrittenFormat = 'F32' | 'F16' | 'BF16' | 'I32';

const FORMATS: Readonly<Record<StorageType, WrittenFormat>> = { float32: 'F32', float16: 'F16', bfloat16: 'BF16' };

/** The format for numbers of a tensor; integers stay as they are. Throws `RXD_REQUEST_INVALID` for a type that is none. */
export function writtenFormat(dtype: 'float32' | 'int32', storage: StorageType = 'float32'): WrittenFormat {
  if (!Object.hasOwn(FORMATS, storage))
    throw new DiffusionError('RXD_REQUEST_INVALID', {
      problem: 'weights cannot be stored as this type',
      got: formatValue(storage),
      expected: `one of ${Object.keys(FORMATS).join(', ')}`,
      fix: 'correct `dtype`',
    });
  return dtype === 'int32' ? 'I32' : FORMATS[storage];
}

/**
 * Numbers as little-endian bytes, rounded to the nearest (ties to even) where the format is narrower. The bytes may be
 * those of the numbers themselves.
 *
 * @param what - the tensor, for errors
 * @throws DiffusionError `RXD_REQUEST_INVALID` for a finite number that would become infinite
 */
export function writtenNumbers(format: WrittenFormat, numbers: Float32Array | Int32Array, what: string): Uint8Array {
  if (format === 'F16' || format === 'BF16') return narrowed(format, numbers, what);
  if (LITTLE_ENDIAN) return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  const view = new DataView(new ArrayBuffer(numbers.byteLength));
  for (const [i, value] of numbers.entries())
    if (format === 'I32') view.setInt32(4 * i, value, true);
    else view.setFloat32(4 * i, value, true);
  return new Uint8Array(view.buffer);
}

function narrowed(format: 'F16' | 'BF16', numbers: Float32Array | Int32Array, what: string): Uint8Array {
  const bits = new Uint32Array(numbers.buffer, numbers.byteOffset, numbers.length);
  const view = new DataView(new ArrayBuffer(2 * numbers.length));
  const [narrow, infinite] = format === 'F16' ? [toHalf, 0x7c00] : [toBrain, 0x7f80];
  for (let i = 0; i < bits.length; i++) {
    const word = narrow(bits[i] ?? 0);
    if ((word & 0x7fff) === infinite && Number.isFinite(numbers[i])) throw tooLarge(format, numbers[i] ?? 0, what);
    view.setUint16(2 * i, word, true);
  }
  return new Uint8Array(view.buffer);
}

/** The float16 (IEEE 754) nearest to a float32, bits to bits; NaN stays NaN. */
function toHalf(bits: number): number {
  const [sign, size] = [(bits >>> 16) & 0x8000, bits & 0x7fffffff];
  if (size > 0x7f800000) return sign | 0x7e00;
  // From 65,520 on the nearest is infinity.
  if (size >= 0x477ff000) return sign | 0x7c00;
  if (size < 0x38800000) return sign | smallHalf(size);
  return sign | ((size - 0x38000000 + 0xfff + ((size >>> 13) & 1)) >>> 13);
}

/** Below 2^-14 float16 counts in steps of 2^-24. */
function smallHalf(size: number): number {
  const exponent = size >>> 23;
  const fraction = exponent === 0 ? size : (size & 0x7fffff) | 0x800000;
  const steps = fraction * 2 ** (Math.max(exponent, 1) - 126);
  const [whole, rest] = [Math.floor(steps), steps - Math.floor(steps)];
  return rest > 0.5 || (rest === 0.5 && whole % 2 === 1) ? whole + 1 : whole;
}

/** The bfloat16 nearest to a float32: its upper half, rounded. */
function toBrain(bits: number): number {
  const size = bits & 0x7fffffff;
  if (size > 0x7f800000) return ((bits >>> 16) & 0x8000) | 0x7fc0;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

function tooLarge(format: 'F16' | 'BF16', value: number, what: string): DiffusionError {
  const [type, most] = format === 'F16' ? ['float16', 65504] : ['bfloat16', 3.3895e38];
  return new DiffusionError('RXD_REQUEST_INVALID', {
    problem: `${what} does not fit into ${type}: it would become infinite`,
    got: String(value),
    expected: `numbers of at most ${most}`,
    fix: format === 'F16' ? "store them as 'bfloat16' or 'float32'" : "store them as 'float32'",
  });
}
