import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { beyondLimit, unsupported } from '../../core/storage/corrupt.js';

/** The content of an IDX file of bytes. */
export interface IdxArray {
  readonly shape: readonly number[];
  /** Row by row, as many as the product of the shape; a view of the file's bytes. */
  readonly data: Uint8Array;
}

const UNSIGNED_BYTE = 0x08;
const OTHER_TYPES: Readonly<Record<number, string>> = {
  0x09: 'signed bytes',
  0x0b: '2-byte integers',
  0x0c: '4-byte integers',
  0x0d: '4-byte floats',
  0x0e: '8-byte floats',
};
const MAX_RANK = 8;

/**
 * Reads an IDX file (the format of MNIST: two zero bytes, type, rank, big-endian sizes, data) of unsigned bytes.
 *
 * LeCun, Cortes and Burges, "The MNIST database of handwritten digits", section "File formats".
 *
 * @param name - What the file is called, for errors.
 * @throws DiffusionError `RXD_FILE_CORRUPT` if a byte is missing or too many, or the header is none of an IDX file,
 * `RXD_FORMAT_UNSUPPORTED` for one of other numbers than unsigned bytes, or of more than eight dimensions.
 */
export function parseIdx(bytes: Uint8Array, name = 'IDX file'): IdxArray {
  const { shape, header, length } = idxHeader(bytes, name);
  if (bytes.length === length) return { shape, data: bytes.subarray(header) };
  const expected = `${header} bytes of header and ${length - header} of data for [${shape.join(', ')}]`;
  throw corrupt(name, `${bytes.length} bytes`, expected);
}

/** What the header of an IDX file says; `length` is that of the whole file, header included. Throws as `parseIdx`. */
export function idxHeader(
  bytes: Uint8Array,
  name: string,
): { readonly shape: readonly number[]; readonly header: number; readonly length: number } {
  const [first, second, type = 0, rank = 0] = bytes;
  const header = 4 + 4 * rank;
  if (bytes.length < 4 || first !== 0 || second !== 0) {
    throw corrupt(name, startOf(bytes), 'two zero bytes, the type and the number of dimensions');
  }
  const other = OTHER_TYPES[type];
  if (other !== undefined) throw unsupported(name, `IDX of ${other}`, 'IDX of unsigned bytes');
  if (type !== UNSIGNED_BYTE) throw corrupt(name, `type ${type}`, `type ${UNSIGNED_BYTE} (unsigned bytes)`);
  if (rank < 1) throw corrupt(name, 'no dimensions', 'one dimension or more');
  if (rank > MAX_RANK) throw beyondLimit(name, `at most ${MAX_RANK} dimensions`, `${rank}`);
  if (bytes.length < header) throw corrupt(name, `${bytes.length} bytes`, `a header of ${header} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, header);
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  return { shape, header, length: header + shape.reduce((product, dimension) => product * dimension, 1) };
}

function startOf(bytes: Uint8Array): string {
  const start = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0'));
  return bytes.length === 0 ? 'an empty file' : `a file that starts with ${start.join(' ')}`;
}

function corrupt(name: string, got: string, expected: string): DiffusionError {
  return new DiffusionError('RXD_FILE_CORRUPT', {
    problem: `${name} is truncated or no IDX file of bytes.`,
    got,
    expected,
    fix: 'fetch the file again; if it ends in .gz, keep that ending so that it is unpacked.',
  });
}
