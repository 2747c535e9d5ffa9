import { DiffusionError } from '../errors/diffusion-error.js';
import type { PlainTensor } from '../tensors/plain-tensor.js';
import { BYTES_OF } from './number-formats.js';
import type { TensorEntry } from './safetensors-header.js';
import { writtenFormat, type StorageType } from './written-numbers.js';

/** What the layout of a file needs to know of a tensor. */
type Sized = Pick<PlainTensor, 'dtype' | 'shape'>;

/** Where tensors go in a file, by name. Throws `RXD_REQUEST_INVALID` for a name that the format cannot say. */
export function layout(tensors: Readonly<Record<string, Sized>>, storage?: StorageType): readonly TensorEntry[] {
  let start = 0;
  return Object.keys(tensors)
    .toSorted()
    .map((name) => {
      if (name === '__metadata__' || name === '__proto__') throw unwritable(name, 'this name', 'another name');
      const { dtype: kind, shape } = tensors[name] as Sized;
      const dtype = writtenFormat(kind, storage);
      const stop = start + sizeOf(shape) * BYTES_OF[dtype];
      const entry = { name, dtype, shape, start, stop };
      start = stop;
      return entry;
    });
}

/** Numbers of a tensor, checked to be as many as its shape says. */
export function checkedNumbers(name: string, { shape, data }: PlainTensor): PlainTensor['data'] {
  if (data.length === sizeOf(shape)) return data;
  throw unwritable(
    name,
    `shape [${shape.join(', ')}] with ${data.length} numbers`,
    'a shape that gives the number of numbers',
  );
}

/** The header as JSON: names sorted, so that equal content gives equal bytes. */
export function headerText(entries: readonly TensorEntry[], metadata: Readonly<Record<string, string>>): string {
  const said = Object.entries(metadata).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const tensors = entries
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, dtype, shape, start, stop }) => [name, { dtype, shape, data_offsets: [start, stop] }] as const);
  return JSON.stringify({
    ...(said.length > 0 ? { __metadata__: Object.fromEntries(said) } : {}),
    ...Object.fromEntries(tensors),
  });
}

/** The first bytes of a file: the length of the header, and the header, padded to 8 bytes. */
export function headerBytes(entries: readonly TensorEntry[], metadata: Readonly<Record<string, string>>): Uint8Array {
  const text = new TextEncoder().encode(headerText(entries, metadata));
  const length = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + length).fill(0x20, 8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(text, 8);
  return bytes;
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1);

function unwritable(name: string, got: string, expected: string): DiffusionError {
  return new DiffusionError('RXD_REQUEST_INVALID', {
    problem: `the tensor ${JSON.stringify(name)} cannot be written as safetensors`,
    got,
    expected,
    fix: 'correct the shape or the name',
  });
}
