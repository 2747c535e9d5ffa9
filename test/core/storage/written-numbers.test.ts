import { describe, expect, it } from 'vitest';
import { readNumbers } from '../../../src/core/storage/number-formats.js';
import { decodeSafetensors, encodeSafetensors } from '../../../src/core/storage/safetensors.js';
import { writtenNumbers } from '../../../src/core/storage/written-numbers.js';
import { times } from '../../effort.js';
import { Dice } from './mutator.js';

const words = Uint16Array.from({ length: 2 ** 16 }, (_, word) => word);
const FORMATS = ['F16', 'BF16'] as const;

/** Every number of a format, as float32. */
const all = (format: (typeof FORMATS)[number]): Float32Array =>
  readNumbers(format, new Uint8Array(words.buffer), 'all') as Float32Array;

const narrow = (format: (typeof FORMATS)[number], numbers: readonly number[]): Float32Array =>
  readNumbers(format, writtenNumbers(format, Float32Array.from(numbers), 'some'), 'some') as Float32Array;

describe.each(FORMATS)('%s', (format) => {
  const values = all(format);
  const finite = Array.from(values).filter(Number.isFinite);
  const sorted = [...new Set(finite)].toSorted((a, b) => a - b);

  it('is widened exactly: what is narrowed again is what it was, bit for bit', () => {
    const again = new Uint16Array(writtenNumbers(format, values, 'all').slice().buffer);
    const different = words.filter((word, i) => word !== again[i]);
    const isNaN = (word: number): boolean => Number.isNaN(values[word]);
    expect([...different].every((word) => isNaN(word) && isNaN(again[word] ?? 0))).toBe(true);
  });

  it('keeps infinities and NaN', () => {
    expect([...narrow(format, [Infinity, -Infinity, NaN, -0])]).toEqual([Infinity, -Infinity, NaN, -0]);
  });

  it('is rounded to the nearest, and from the middle to the even one', () => {
    const dice = new Dice(3);
    const halfway: [number, number][] = [];
    for (let i = 0; i < times(5000, 60_000); i++) {
      const at = dice.below(sorted.length - 1);
      const [low = 0, high = 0] = [sorted[at], sorted[at + 1]];
      const middle = low / 2 + high / 2;
      const isLowEven =
        (new Uint16Array(writtenNumbers(format, Float32Array.of(low), '').slice().buffer)[0] ?? 0) % 2 === 0;
      // Midpoints of the smallest bfloat16 are float32 too, but for those below its smallest numbers.
      if (Math.fround(middle) === middle) halfway.push([middle, isLowEven ? low : high]);
      const near = Math.fround(low + (high - low) * 0.4);
      if (Math.abs(near - low) < Math.abs(near - high)) halfway.push([near, low]);
    }
    const got = narrow(
      format,
      halfway.map(([value]) => value),
    );
    expect(halfway.length).toBeGreaterThan(times(5000, 60_000));
    expect(halfway.filter(([, expected], i) => expected !== got[i])).toEqual([]);
  });
});

describe('numbers that do not fit', () => {
  it('are refused by name before anything becomes infinite', () => {
    const file = (value: number) => () =>
      encodeSafetensors(
        { tensors: { w: { dtype: 'float32', shape: [1], data: Float32Array.of(value) } }, metadata: {} },
        { dtype: 'float16' },
      );
    expect(file(65519)).not.toThrow();
    expect(file(65520)).toThrow(/RXD_REQUEST_INVALID.*w does not fit into float16.*65520.*'bfloat16'/s);
    expect(() => narrow('BF16', [3.4e38])).toThrow(/RXD_REQUEST_INVALID.*bfloat16/);
  });
});

describe('safetensors in half the bytes', () => {
  const floats = { dtype: 'float32', shape: [2, 2], data: Float32Array.of(1, -0.5, 3.0009765625, 1e-3) } as const;
  const counts = { dtype: 'int32', shape: [1], data: Int32Array.of(70_000) } as const;

  it.each([
    ['float16', [1, -0.5, 3, 0.001000404357910156]],
    ['bfloat16', [1, -0.5, 3, 0.00099945068359375]],
    ['float32', [...floats.data]],
  ] as const)('%s: floats are rounded and read as float32, integers stay', (dtype, expected) => {
    const bytes = encodeSafetensors({ tensors: { floats, counts }, metadata: {} }, { dtype });
    const { tensors } = decodeSafetensors(bytes);
    expect(tensors).toEqual({ floats: { ...floats, data: Float32Array.from(expected) }, counts });
  });

  it('says which types there are', () => {
    const wrong = () => encodeSafetensors({ tensors: { floats }, metadata: {} }, { dtype: 'float8' as 'float16' });
    expect(wrong).toThrow(/RXD_REQUEST_INVALID.*float32, float16, bfloat16/s);
  });
});
