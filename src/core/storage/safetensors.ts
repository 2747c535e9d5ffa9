import { DiffusionError } from '../errors/diffusion-error.js';
import type { PlainTensor, PlainTensors } from '../tensors/plain-tensor.js';
import { corrupt } from './corrupt.js';
import { readNumbers, BYTES_OF } from './number-formats.js';
import { readHeader } from './safetensors-header.js';

/** A safetensors file: tensors by name and free text beside them. */
export interface Safetensors {
  readonly tensors: PlainTensors;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Reads a safetensors file strictly. F32 and narrower floats become float32, integers int32.
 *
 * @param file - what errors call it
 * @throws DiffusionError `RXD_FILE_CORRUPT` that names the broken rule
 */
export function decodeSafetensors(bytes: Uint8Array, file = 'safetensors file'): Safetensors {
  const { entries, metadata, dataStart } = readHeader(bytes, file);
  const data = bytes.subarray(dataStart);
  let end = 0;
  for (const { name, start, stop } of entries.toSorted((a, b) => a.start - b.start || a.stop - b.stop)) {
    if (start !== end)
      throw corrupt(file, 'tensors must neither overlap nor leave holes', `${name} at ${start}, not ${end}`);
    end = stop;
  }
  if (end !== data.length)
    throw corrupt(file, 'tensors must fill the file', `${data.length} bytes of data, ${end} used`);
  const tensors = entries.map(({ name, dtype, shape, start, stop }) => {
    const numbers = readNumbers(dtype, data.subarray(start, stop), `${file}: ${name}`);
    const kind = numbers instanceof Int32Array ? 'int32' : 'float32';
    return [name, { dtype: kind, shape, data: numbers } satisfies PlainTensor] as const;
  });
  return { tensors: Object.fromEntries(tensors), metadata };
}

/**
 * Writes a safetensors file: names sorted, header padded to 8 bytes; equal input gives equal bytes.
 *
 * @throws DiffusionError `RXD_REQUEST_INVALID` for a name or a shape that the format cannot say
 */
export function encodeSafetensors({ tensors, metadata }: Safetensors): Uint8Array {
  const names = Object.keys(tensors).toSorted();
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: sorted(metadata) } : {};
  let offset = 0;
  for (const name of names) {
    const { dtype, shape, data } = writable(name, tensors[name] as PlainTensor);
    const format = dtype === 'int32' ? 'I32' : 'F32';
    const next = offset + data.length * BYTES_OF[format];
    header[name] = { dtype: format, shape, data_offsets: [offset, next] };
    offset = next;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const headerLength = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + headerLength + offset).fill(0x20, 8, 8 + headerLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.set(text, 8);
  writeNumbers(
    new DataView(bytes.buffer, 8 + headerLength),
    names.map((name) => tensors[name] as PlainTensor),
  );
  return bytes;
}

function writable(name: string, tensor: PlainTensor): PlainTensor {
  const { shape, data } = tensor;
  const isName = name !== '__metadata__' && name !== '__proto__';
  if (isName && data.length === shape.reduce((product, side) => product * side, 1)) return tensor;
  throw new DiffusionError('RXD_REQUEST_INVALID', {
    problem: `the tensor ${JSON.stringify(name)} cannot be written as safetensors`,
    got: `shape [${shape.join(', ')}] with ${data.length} numbers`,
    expected: 'a shape that gives the number of numbers, and a name other than __metadata__ and __proto__',
    fix: 'correct the shape or the name',
  });
}

function writeNumbers(view: DataView, tensors: readonly PlainTensor[]): void {
  let at = 0;
  for (const { dtype, data } of tensors)
    for (const value of data) {
      if (dtype === 'int32') view.setInt32(at, value, true);
      else view.setFloat32(at, value, true);
      at += 4;
    }
}

function sorted(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
