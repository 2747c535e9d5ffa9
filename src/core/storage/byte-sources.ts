import type { ByteSource } from '../contracts/store.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { messageOf } from '../errors/format-value.js';
import { corrupt } from './corrupt.js';

/** Bytes in memory, as a source: what is read is a view of them. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, read: async (offset, length) => bytes.subarray(offset, offset + length) };
}

/** Bytes that were given, or what reads them, as a source. */
export const sourceOf = (given: Uint8Array | ByteSource): ByteSource =>
  given instanceof Uint8Array ? bytesSource(given) : given;

/** A `Blob`, or a `File` that a user chose. */
export function blobSource(blob: Blob): ByteSource {
  return {
    size: blob.size,
    read: async (offset, length) => new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()),
  };
}

/** Bytes of `source`, all that were asked for. Throws `RXD_FILE_CORRUPT` where it has fewer than it said. */
export async function readExactly(
  source: ByteSource,
  { offset, length, into, file }: { offset: number; length: number; into?: Uint8Array; file: string },
): Promise<Uint8Array> {
  const bytes = await source.read(offset, length, into);
  if (bytes.length === length) return bytes;
  throw corrupt(file, `${length} bytes at ${offset}, as its size says`, `${bytes.length} bytes`);
}

/** Fewest bytes that are asked of a source that is slow to answer. */
const READ_AHEAD = 4 * 2 ** 20;

/** A source that is asked for large parts even where small ones, one after the other, are needed. */
export function readAhead(source: ByteSource): ByteSource {
  let ahead = { start: 0, bytes: new Uint8Array(0) as Uint8Array };
  return {
    size: source.size,
    async read(offset, length, into) {
      if (length >= READ_AHEAD) return source.read(offset, length, into);
      if (offset < ahead.start || offset + length > ahead.start + ahead.bytes.length)
        ahead = { start: offset, bytes: await source.read(offset, Math.min(READ_AHEAD, source.size - offset)) };
      return ahead.bytes.subarray(offset - ahead.start, offset - ahead.start + length);
    },
    close: async () => source.close?.(),
  };
}

/** The same source, whose failures to read become `RXD_STORE_READ`. */
export function namedSource(source: ByteSource, what: string): ByteSource {
  return {
    size: source.size,
    read: (offset, length, into) =>
      source.read(offset, length, into).catch((cause: unknown) => Promise.reject(unread(what, cause))),
    close: async () => source.close?.(),
  };
}

/** The error for what cannot be read; one of ours stays. */
export function unread(what: string, cause: unknown): DiffusionError {
  if (cause instanceof DiffusionError) return cause;
  return new DiffusionError('RXD_STORE_READ', {
    problem: `cannot read ${what}: ${messageOf(cause)}`,
    fix: 'check that it is there and may be read',
    cause,
  });
}
