import { describe, expect, it } from 'vitest';
import { DiffusionError } from '../../../src/core/errors/diffusion-error.js';
import { decodeSafetensors } from '../../../src/core/storage/safetensors.js';
import { figure } from '../../figure.js';
import { fileOf, joined, lengthBytes, tensorFile } from './handmade-files.js';

const zeros = (count: number): Uint8Array => new Uint8Array(count);
const entry = (shape: readonly unknown[], start: number, stop: number, dtype = 'F32') => ({
  dtype,
  shape,
  data_offsets: [start, stop],
});
const text = (value: unknown): string => JSON.stringify(value);
const whole = fileOf({ a: entry([2], 0, 8), b: entry([1], 8, 12) }, zeros(12));

/** The last name of the row is what the error must say of the rule. */
const HOSTILE: readonly (readonly [what: string, bytes: Uint8Array, rule: RegExp])[] = [
  ['no bytes', zeros(0), /at least 8 bytes/],
  ['less than a length', zeros(7), /at least 8 bytes/],
  ['a length and nothing', lengthBytes(0n), /at least 8 bytes/],
  ['an empty header', fileOf('', zeros(4)), /start with \{/],
  ['data cut off', whole.subarray(0, -1), /fill the file/],
  ['header cut off', whole.subarray(0, 40), /header that lies in the file/],
  ['a byte too many', joined(whole, zeros(1)), /fill the file/],
  ['a header said to be longer than the file', fileOf('{}', zeros(4), 7), /header that lies in the file/],
  ['a header said to be enormous', fileOf('{}', zeros(4), 2n ** 63n), /header that lies in the file/],
  ['a length of all ones', fileOf('{}', zeros(4), 2n ** 64n - 1n), /header that lies in the file/],
  ['text that is not JSON', fileOf('{"a":'), /must be JSON/],
  ['JSON with a comma too many', fileOf('{"a":1,}'), /must be JSON/],
  ['something behind the JSON', fileOf('{}{}'), /must be JSON/],
  ['zeros behind the JSON', fileOf('{}\0\0'), /must be JSON/],
  ['a space in front', fileOf(` ${text({ a: entry([1], 0, 4) })}`, zeros(4)), /start with \{/],
  ['a byte order mark in front', fileOf('\uFEFF{}'), /start with \{/],
  ['a list', fileOf('[]'), /start with \{/],
  ['null', fileOf('null'), /start with \{/],
  ['bytes that are no UTF-8', joined(lengthBytes(4n), Uint8Array.of(0x7b, 0xff, 0xfe, 0x7d)), /UTF-8/],
  [
    'a name twice',
    fileOf(`{"a":${text(entry([1], 0, 4))},"a":${text(entry([1], 0, 4))}}`, zeros(4)),
    /names must differ/,
  ],
  [
    'a name twice, once spelt with an escape',
    fileOf(`{"a":${text(entry([1], 0, 4))},"\\u0061":${text(entry([1], 0, 4))}}`, zeros(4)),
    /names must differ/,
  ],
  [
    'a name twice with a quote in it',
    fileOf(`{"\\"":${text(entry([1], 0, 4))}, "\\"" :${text(entry([1], 0, 4))}}`, zeros(4)),
    /names must differ/,
  ],
  [
    'a field twice inside a tensor',
    fileOf('{"a":{"dtype":"F32","dtype":"I32","shape":[1],"data_offsets":[0,4]}}', zeros(4)),
    /names must differ/,
  ],
  ['metadata twice', fileOf('{"__metadata__":{"a":"1"},"__metadata__":{"a":"2"}}'), /names must differ/],
  ['a text of the metadata twice', fileOf('{"__metadata__":{"a":"1","a":"2"}}'), /names must differ/],
  ['a tensor called __proto__', fileOf(`{"__proto__":${text(entry([1], 0, 4))}}`, zeros(4)), /__proto__/],
  ['__proto__ spelt with an escape', fileOf('{"__metadata__":{"\\u005f_proto__":"x"}}'), /__proto__/],
  ['metadata that is a number', fileOf({ __metadata__: 1 }), /map text to text/],
  ['metadata of numbers', fileOf({ __metadata__: { a: 1 } }), /map text to text/],
  ['metadata with an object', fileOf({ __metadata__: { a: {} } }), /map text to text/],
  ['a tensor that is a number', fileOf({ a: 1 }), /dtype, shape, data_offsets/],
  ['a tensor that is null', fileOf({ a: null }), /dtype, shape, data_offsets/],
  ['a tensor within a tensor', fileOf({ a: { a: entry([1], 0, 4) } }, zeros(4)), /dtype, shape, data_offsets/],
  ['a side with a point', fileOf('{"a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}}', zeros(1)), /counts/],
  ['a side with an exponent', fileOf('{"a":{"dtype":"U8","shape":[1e0],"data_offsets":[0,1]}}', zeros(1)), /counts/],
  ['a side of minus zero', fileOf('{"a":{"dtype":"U8","shape":[-0],"data_offsets":[0,0]}}'), /counts/],
  ['metadata that is a list', fileOf({ __metadata__: ['a'] }), /map text to text/],
  ['lists seventeen deep', fileOf(`{"a":${'['.repeat(16)}${']'.repeat(16)}}`), /nested at most 16/],
  ['no shape', fileOf({ a: { dtype: 'F32', data_offsets: [0, 4] } }, zeros(4)), /dtype, shape, data_offsets/],
  ['a dtype that every object has', tensorFile('constructor', [1], zeros(1)), /dtype, shape, data_offsets/],
  ['a dtype in small letters', tensorFile('f32', [1], zeros(4)), /dtype, shape, data_offsets/],
  ['a negative side', tensorFile('F32', [-1, -1], zeros(4)), /counts/],
  ['a side that is no whole number', tensorFile('F32', [0.5, 2], zeros(4)), /counts/],
  ['a side in text', tensorFile('F32', ['1'], zeros(4)), /dtype, shape, data_offsets/],
  ['a side beyond exact numbers', fileOf(`{"a":{"dtype":"U8","shape":[1e300],"data_offsets":[0,0]}}`), /counts/],
  ['sides whose product is no exact number', tensorFile('F32', [2 ** 40, 2 ** 40], zeros(4)), /number of bytes/],
  ['fewer bytes than the shape says', tensorFile('F32', [2], zeros(4)), /number of bytes/],
  ['more bytes than the shape says', tensorFile('F32', [1], zeros(8)), /number of bytes/],
  ['bytes of another dtype', tensorFile('F16', [2], zeros(8)), /number of bytes/],
  ['an end before its start', fileOf({ a: entry([1], 4, 0) }, zeros(4)), /number of bytes/],
  ['a negative offset', fileOf({ a: entry([1], -4, 0) }, zeros(4)), /counts/],
  ['three offsets', fileOf({ a: { ...entry([1], 0, 4), data_offsets: [0, 2, 4] } }, zeros(4)), /dtype, shape/],
  ['offsets beyond the file', fileOf({ a: entry([4], 0, 16) }, zeros(4)), /fill the file/],
  ['two tensors in one place', fileOf({ a: entry([1], 0, 4), b: entry([1], 0, 4) }, zeros(4)), /overlap/],
  ['tensors that overlap', fileOf({ a: entry([2], 0, 8), b: entry([2], 4, 12) }, zeros(12)), /overlap/],
  ['a hole between tensors', fileOf({ a: entry([1], 0, 4), b: entry([1], 8, 12) }, zeros(12)), /leave holes/],
  ['a hole at the start', fileOf({ a: entry([1], 4, 8) }, zeros(8)), /leave holes/],
  ['an empty tensor out of its place', fileOf({ a: entry([0], 2, 2), b: entry([1], 0, 4) }, zeros(4)), /overlap|holes/],
  ['lists a hundred thousand deep', fileOf(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`), /nested at most/],
  ['objects a hundred thousand deep', fileOf(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`), /nested at most/],
];

function manyTensors(count: number): Uint8Array {
  return fileOf(Object.fromEntries(Array.from({ length: count }, (_, i) => [`t${i}`, entry([0], 0, 0)])));
}

function refusal(bytes: Uint8Array): unknown {
  try {
    return decodeSafetensors(bytes, 'weights.safetensors');
  } catch (error) {
    return error;
  }
}

describe('decodeSafetensors', () => {
  it('reads the file that the hostile ones are made of', () => {
    expect(Object.keys(decodeSafetensors(whole).tensors)).toEqual(['a', 'b']);
  });

  it.each(HOSTILE)('refuses %s and names the rule', (_, bytes, rule) => {
    const error = refusal(bytes);
    expect(error).toBeInstanceOf(DiffusionError);
    const { code, message, expected } = error as DiffusionError;
    expect(code).toBe('RXD_FILE_CORRUPT');
    expect(message).toContain('weights.safetensors');
    expect(expected).toMatch(rule);
  });

  /** What Python's safetensors reads too, with the shape and numbers of the tensor `a`. */
  const READ: readonly (readonly [what: string, bytes: Uint8Array, numbers: readonly number[]])[] = [
    ['metadata that is null', fileOf({ __metadata__: null, a: entry([1], 0, 4) }, zeros(4)), [0]],
    ['a field that it does not know', fileOf({ a: { ...entry([1], 0, 4), note: { x: [1] } } }, zeros(4)), [0]],
    ['spaces behind the header', fileOf(`${text({ a: entry([1], 0, 4) })}${' '.repeat(999)}`, zeros(4)), [0]],
    ['numbers in a field that it does not know', fileOf({ a: { ...entry([1], 0, 4), scale: -1.5e-3 } }, zeros(4)), [0]],
    [
      'spaces, tabs and lines in the header',
      fileOf(JSON.stringify({ a: entry([1], 0, 4) }, null, '\t'), zeros(4)),
      [0],
    ],
    ['fields in another order', fileOf({ a: { data_offsets: [0, 4], shape: [1], dtype: 'F32' } }, zeros(4)), [0]],
    ['an empty shape', tensorFile('F32', [], zeros(4)), [0]],
    ['no numbers', tensorFile('F32', [0, 5], zeros(0)), []],
    ['eight sides', tensorFile('U8', Array(8).fill(1), Uint8Array.of(7)), [7]],
    ['U8', tensorFile('U8', [2], Uint8Array.of(0, 255)), [0, 255]],
    ['U16', tensorFile('U16', [2], Uint8Array.of(1, 0, 255, 255)), [1, 65535]],
    ['U32', tensorFile('U32', [1], Uint8Array.of(255, 255, 255, 127)), [2 ** 31 - 1]],
    ['U64', tensorFile('U64', [1], Uint8Array.of(255, 255, 255, 127, 0, 0, 0, 0)), [2 ** 31 - 1]],
    ['BOOL', tensorFile('BOOL', [2], Uint8Array.of(0, 1)), [0, 1]],
    ['F8_E4M3', tensorFile('F8_E4M3', [4], Uint8Array.of(0x38, 0xc4, 0x7e, 0x01)), [1, -3, 448, 2 ** -9]],
    ['F8_E5M2', tensorFile('F8_E5M2', [4], Uint8Array.of(0x3c, 0xc2, 0x7b, 0x01)), [1, -3, 57344, 2 ** -16]],
  ];

  it.each(READ)('reads %s, as Python does', (_, bytes, numbers) => {
    expect([...(decodeSafetensors(bytes).tensors['a']?.data ?? [])]).toEqual(numbers);
  });

  it.each([
    ['F4', tensorFile('F4', [2], zeros(1))],
    ['C64', tensorFile('C64', [1], zeros(8))],
    ['F8_E8M0', tensorFile('F8_E8M0', [1], zeros(1))],
    ['a dtype of a later version', tensorFile('F7', [1], zeros(1))],
    ['nine sides', tensorFile('F32', Array(9).fill(1), zeros(4))],
    ['more tensors than any network has', manyTensors(65_537)],
    ['a header of more than 16 MiB', fileOf(`{}${' '.repeat(16 * 1024 ** 2)}`)],
    ['U32 beyond 31 bits', tensorFile('U32', [1], Uint8Array.of(0, 0, 0, 128))],
    ['I64 beyond 32 bits', tensorFile('I64', [1], Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0))],
  ])('says of %s that it is not read, and not that the file is broken', (_, bytes) => {
    expect(refusal(bytes)).toMatchObject({ code: 'RXD_FORMAT_UNSUPPORTED' });
  });

  it('reads the worst header within the limits in little time and memory (R3)', () => {
    const name = 'n'.repeat(150);
    const entries = Array.from({ length: 65_535 }, (_, i) => [`${name}${i}`, entry(Array(8).fill(0), 0, 0)] as const);
    const bytes = fileOf(Object.fromEntries(entries));
    const [began, before] = [performance.now(), process.resourceUsage().maxRSS];
    expect(Object.keys(decodeSafetensors(bytes).tensors)).toHaveLength(65_535);
    const [ms, megabytes] = [performance.now() - began, (process.resourceUsage().maxRSS - before) / 2 ** 10];
    figure('R3', `header of ${bytes.length} bytes, 65,535 tensors: ${ms.toFixed(0)} ms, ${megabytes.toFixed(0)} MB`);
    // The limit is 256 MB; time is a guard against hanging, since the machine may be busy.
    expect(megabytes).toBeLessThan(256);
    expect(ms).toBeLessThan(15_000);
  });

  it('counts its rules (R2)', () => {
    figure(
      'R2',
      `${HOSTILE.length + READ.length} hand-made files, each refused by the rule it breaks or read as Python reads it`,
    );
    expect(HOSTILE.length + READ.length).toBeGreaterThanOrEqual(60);
  });

  it('reads a long header with escapes, quotes and brackets in its texts', () => {
    const said = '"}]{["\\'.repeat(200_000);
    expect(decodeSafetensors(fileOf({ __metadata__: { said } })).metadata).toEqual({ said });
  });

  it('leaves no trace on Object.prototype', () => {
    refusal(fileOf('{"__proto__":{"polluted":"yes"}}'));
    refusal(fileOf('{"constructor":{"prototype":{"polluted":"yes"}}}'));
    expect('polluted' in {}).toBe(false);
  });
});
