import type { PlainTensor, PlainTensors } from '../tensors/plain-tensor.js';
import { kindOf, readNumbers } from './number-formats.js';
import { readHeader } from './safetensors-header.js';
import { checkedNumbers, headerBytes, layout } from './safetensors-layout.js';
import { writtenNumbers, type WriteTensorsOptions, type WrittenFormat } from './written-numbers.js';

/** A safetensors file: tensors by name and free text beside them. */
export interface Safetensors {
  readonly tensors: PlainTensors;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Reads a safetensors file strictly. Floats become float32: those of float16, bfloat16 and float8 are widened exactly,
 * those of float64 rounded. Integers become int32.
 *
 * @param file - what errors call it
 * @throws DiffusionError `RXD_FILE_CORRUPT` that names the broken rule
 */
export function decodeSafetensors(bytes: Uint8Array, file = 'safetensors file'): Safetensors {
  const { entries, metadata, dataStart } = readHeader(bytes, file);
  const data = bytes.subarray(dataStart);
  const tensors = entries.map(({ name, dtype, shape, start, stop }) => {
    const numbers = readNumbers(dtype, data.subarray(start, stop), `${file}: ${name}`);
    return [name, { dtype: kindOf(dtype), shape, data: numbers } satisfies PlainTensor] as const;
  });
  return { tensors: Object.fromEntries(tensors), metadata };
}

/**
 * Writes a safetensors file: names sorted, header padded to 8 bytes; equal input gives equal bytes. Floats are rounded to
 * the nearest, ties to even, where `dtype` is narrower than float32.
 *
 * @throws DiffusionError `RXD_REQUEST_INVALID` for a name or a shape that the format cannot say, or a number that it has not
 */
export function encodeSafetensors({ tensors, metadata }: Safetensors, options: WriteTensorsOptions = {}): Uint8Array {
  const entries = layout(tensors, options.dtype);
  const header = headerBytes(entries, metadata);
  const bytes = new Uint8Array(header.length + (entries.at(-1)?.stop ?? 0));
  bytes.set(header);
  for (const { name, dtype, start } of entries) {
    const numbers = checkedNumbers(name, tensors[name] as PlainTensor);
    bytes.set(writtenNumbers(dtype as WrittenFormat, numbers, name), header.length + start);
  }
  return bytes;
}
