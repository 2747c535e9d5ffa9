import type { PlainTensor, ReadableTensors } from '../tensors/plain-tensor.js';
import { BYTES_OF } from './number-formats.js';
import { checkedNumbers, headerBytes, layout } from './safetensors-layout.js';
import type { TensorEntry } from './safetensors-header.js';
import { PIECE, sealed, sha256 } from './seal.js';
import { writtenNumbers, type WriteTensorsOptions, type WrittenFormat } from './written-numbers.js';

/** A file that is made while it is written. */
export interface FileInParts {
  /** Number of bytes of all parts. */
  readonly size: number;
  /** At most a few megabytes each. */
  readonly parts: AsyncIterable<Uint8Array>;
}

/** A sealed safetensors file, a tensor at a time. Each is read twice: to seal the header, which comes first, and to write. */
export async function sealedTensors(
  tensors: ReadableTensors,
  metadata: Readonly<Record<string, string>>,
  { dtype }: WriteTensorsOptions = {},
): Promise<FileInParts> {
  const entries = layout(tensors, dtype);
  const hashes: Uint8Array[] = [];
  for await (const piece of pieces(entries, tensors)) hashes.push(await sha256(piece));
  const header = headerBytes(entries, await sealed(entries, metadata, hashes));
  return { size: header.length + (entries.at(-1)?.stop ?? 0), parts: parts(header, entries, tensors) };
}

/** A safetensors file as other programs write it, without a seal: each tensor is read once. */
export function plainTensors(tensors: ReadableTensors, { dtype }: WriteTensorsOptions = {}): FileInParts {
  const entries = layout(tensors, dtype);
  const header = headerBytes(entries, { format: 'pt' });
  return { size: header.length + (entries.at(-1)?.stop ?? 0), parts: parts(header, entries, tensors) };
}

/** The parts of a file, joined. */
export async function joinedParts({ size, parts: all }: FileInParts): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  let at = 0;
  for await (const part of all) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

async function* parts(
  header: Uint8Array,
  entries: readonly TensorEntry[],
  tensors: ReadableTensors,
): AsyncGenerator<Uint8Array> {
  yield header;
  yield* pieces(entries, tensors);
}

async function* pieces(entries: readonly TensorEntry[], tensors: ReadableTensors): AsyncGenerator<Uint8Array> {
  for (const { name, dtype, shape } of entries) {
    const read = await tensors[name]?.read();
    const numbers = checkedNumbers(name, { ...(read as PlainTensor), shape });
    const step = PIECE / BYTES_OF[dtype];
    for (let first = 0; first < numbers.length; first += step)
      yield writtenNumbers(dtype as WrittenFormat, numbers.subarray(first, first + step), name);
  }
}
