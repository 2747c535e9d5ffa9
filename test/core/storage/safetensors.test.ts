import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSafetensors, encodeSafetensors } from '../../../src/core/storage/safetensors.js';
import type { PlainTensor } from '../../../src/core/tensors/plain-tensor.js';
import { bytesOf, fileOf, joined, tensorFile } from './handmade-files.js';

const INT32 = { min: -(2 ** 31), max: 2 ** 31 - 1 };

const shapes = fc.array(fc.nat({ max: 4 }), { maxLength: 4 });
const names = fc
  .string({ unit: 'binary', maxLength: 12 })
  .filter((name) => name !== '__metadata__' && name !== '__proto__');

const tensors = shapes.chain((shape): fc.Arbitrary<PlainTensor> => {
  const length = shape.reduce((product, side) => product * side, 1);
  const exactly = { minLength: length, maxLength: length };
  return fc.oneof(
    fc.float32Array(exactly).map((data) => ({ dtype: 'float32' as const, shape, data })),
    fc.int32Array({ ...exactly, ...INT32 }).map((data) => ({ dtype: 'int32' as const, shape, data })),
  );
});

const files = fc.record({
  tensors: fc.dictionary(names, tensors, { maxKeys: 6, noNullPrototype: true }),
  metadata: fc.dictionary(names, fc.string({ unit: 'binary' }), { maxKeys: 4, noNullPrototype: true }),
});

/** The tensor `a` of a file of one. */
const numbersOf = (dtype: string, numbers: ArrayBufferView, length: number): PlainTensor =>
  decodeSafetensors(tensorFile(dtype, [length], bytesOf(numbers))).tensors['a'] as PlainTensor;

describe('encodeSafetensors and decodeSafetensors', () => {
  it('give back every tensor and text that was written', () => {
    fc.assert(
      fc.property(files, (file) => {
        expect(decodeSafetensors(encodeSafetensors(file))).toEqual(file);
      }),
    );
  });

  it('write equal bytes whatever the order in which tensors were named', () => {
    const reversed = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
      Object.fromEntries(Object.entries(record).toReversed());
    fc.assert(
      fc.property(files, (file) => {
        const turned = { tensors: reversed(file.tensors), metadata: reversed(file.metadata) };
        expect(encodeSafetensors(turned)).toEqual(encodeSafetensors(file));
      }),
    );
  });

  it('read a file that does not begin at the start of its buffer', () => {
    fc.assert(
      fc.property(files, fc.integer({ min: 1, max: 9 }), (file, gap) => {
        const bytes = joined(new Uint8Array(gap), encodeSafetensors(file));
        expect(decodeSafetensors(bytes.subarray(gap))).toEqual(file);
      }),
    );
  });

  it('start the data at a multiple of eight bytes, as readers that map files want it', () => {
    fc.assert(
      fc.property(files, (file) => {
        const bytes = encodeSafetensors(file);
        expect(Number(new DataView(bytes.buffer).getBigUint64(0, true)) % 8).toBe(0);
      }),
    );
  });

  it.each(['__metadata__', '__proto__'])('does not write a tensor called %s, which no reader would find', (name) => {
    const tensor = { dtype: 'float32', shape: [1], data: new Float32Array(1) } as const;
    const broken = { tensors: Object.fromEntries([[name, tensor]]), metadata: {} };
    expect(() => encodeSafetensors(broken)).toThrow(/RXD_REQUEST_INVALID.*cannot be written/);
  });

  it('does not write a tensor whose shape is not that of its data', () => {
    const tensor = { dtype: 'float32', shape: [2, 2], data: new Float32Array(3) } as const;
    expect(() => encodeSafetensors({ tensors: { w: tensor }, metadata: {} })).toThrow(/"w".*\n.*\[2, 2\] with 3/);
  });
});

describe('number formats', () => {
  it.each([
    ['F32', fc.float32Array()],
    ['I32', fc.int32Array()],
  ] as [string, fc.Arbitrary<Float32Array | Int32Array>][])('%s keeps every value', (dtype, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, (data) => {
        expect(numbersOf(dtype, data, data.length).data).toEqual(data);
      }),
    );
  });

  it('F64 is rounded to the nearest float32', () => {
    fc.assert(
      fc.property(fc.float64Array(), (data) => {
        expect(numbersOf('F64', data, data.length).data).toEqual(Float32Array.from(data));
      }),
    );
  });

  it.each([
    ['I16', fc.int16Array()],
    ['I8', fc.int8Array()],
    ['U8', fc.uint8Array()],
    ['BOOL', fc.uint8Array({ max: 1 })],
  ] as [string, fc.Arbitrary<Int16Array | Int8Array | Uint8Array>][])('%s is widened to int32', (dtype, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, (data) => {
        expect(numbersOf(dtype, data, data.length)).toEqual({
          dtype: 'int32',
          shape: [data.length],
          data: Int32Array.from(data),
        });
      }),
    );
  });

  it('I64 is narrowed to int32 where it fits and refused where it does not', () => {
    fc.assert(
      fc.property(fc.bigInt64Array({ min: -(2n ** 31n), max: 2n ** 31n - 1n }), (data) => {
        expect(numbersOf('I64', data, data.length).data).toEqual(Int32Array.from(data, Number));
      }),
    );
    for (const value of [2n ** 31n, -(2n ** 31n) - 1n, 2n ** 63n - 1n, -(2n ** 63n)])
      expect(() => numbersOf('I64', BigInt64Array.of(value), 1)).toThrow(/RXD_FORMAT_UNSUPPORTED[^]*fit into 32 bits/);
  });

  it('F16: each of the 65536 halves is the float32 with the same sign, exponent and fraction', () => {
    const halves = Uint16Array.from({ length: 65_536 }, (_, half) => half);
    const { data } = numbersOf('F16', halves, halves.length);
    const wrong = [...halves].filter((half) => !Object.is(data[half], floatOfHalf(half)));
    expect(wrong).toEqual([]);
  });

  it('BF16: each of the 65536 is what its fields say', () => {
    const words = Uint16Array.from({ length: 65_536 }, (_, word) => word);
    const { data } = numbersOf('BF16', words, words.length);
    const wrong = [...words].filter((word) => !Object.is(data[word], floatOfFields(word, 8, 7)));
    expect(wrong).toEqual([]);
  });

  it('reads tensors of different formats beside each other', () => {
    const header = {
      half: { dtype: 'F16', shape: [1], data_offsets: [0, 2] },
      byte: { dtype: 'U8', shape: [], data_offsets: [2, 3] },
      none: { dtype: 'F32', shape: [3, 0], data_offsets: [3, 3] },
      whole: { dtype: 'I32', shape: [1, 1], data_offsets: [3, 7] },
    };
    const data = joined(bytesOf(Uint16Array.of(0x3c00)), Uint8Array.of(7), bytesOf(Int32Array.of(-5)));
    expect(decodeSafetensors(fileOf(header, data)).tensors).toEqual({
      half: { dtype: 'float32', shape: [1], data: Float32Array.of(1) },
      byte: { dtype: 'int32', shape: [], data: Int32Array.of(7) },
      none: { dtype: 'float32', shape: [3, 0], data: new Float32Array(0) },
      whole: { dtype: 'int32', shape: [1, 1], data: Int32Array.of(-5) },
    });
  });
});

/** By the bits of a float32: the exponent's bias grows by 112; subnormal halves are normal there. */
function floatOfHalf(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 0) return (sign === 0 ? 1 : -1) * (fraction / 2 ** 24);
  const wide = exponent === 31 ? 255 : exponent + 112;
  return new Float32Array(Int32Array.of(sign | (wide << 23) | (fraction << 13)).buffer)[0] as number;
}

/** By arithmetic, as IEEE 754 defines the value of a word with these widths of fields. */
function floatOfFields(word: number, exponentBits: number, fractionBits: number): number {
  const sign = word >> (exponentBits + fractionBits) === 1 ? -1 : 1;
  const exponent = (word >> fractionBits) & (2 ** exponentBits - 1);
  const fraction = (word & (2 ** fractionBits - 1)) / 2 ** fractionBits;
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias));
}
