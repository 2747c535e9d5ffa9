import { corrupt } from './corrupt.js';
import { headerText } from './safetensors-layout.js';
import type { SafetensorsHeader, TensorEntry } from './safetensors-header.js';

/** Tensors are written, hashed and read in pieces of this many bytes, so that no more of a file has to be in memory. */
export const PIECE = 8 * 2 ** 20;

const HASH = 32;

/** The first bytes of each piece of so many bytes. */
export function pieceStarts(bytes: number): readonly number[] {
  return Array.from({ length: Math.ceil(bytes / PIECE) }, (_, piece) => piece * PIECE);
}

/** SHA-256. */
export async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

/** Bytes as hexadecimal digits. */
export const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/**
 * Metadata with the seal of a file: `pieces`, the SHA-256 of each piece of each tensor in the order of the data, and
 * `sha256`, that of the header with all that it says but this.
 */
export async function sealed(
  entries: readonly TensorEntry[],
  metadata: Readonly<Record<string, string>>,
  hashes: readonly Uint8Array[],
): Promise<Readonly<Record<string, string>>> {
  const said = { ...metadata, pieces: hashes.map(hex).join('') };
  return { ...said, sha256: await hashOfHeader(entries, said) };
}

/** Says whether a piece of a tensor is the one that was written. */
export type Seal = (entry: TensorEntry, start: number, bytes: Uint8Array) => Promise<void>;

/** Checks that a header is as it was sealed, and gives what checks the data. Throws `RXD_FILE_CORRUPT`. */
export async function readSeal({ entries, metadata }: SafetensorsHeader, file: string): Promise<Seal> {
  const { sha256: seal, ...said } = metadata;
  const { pieces = '' } = said;
  if ((await hashOfHeader(entries, said)) !== seal) throw broken(file, 'its header');
  const first = new Map<string, number>();
  let count = 0;
  for (const { name, start, stop } of entries.toSorted((a, b) => a.start - b.start || a.stop - b.stop)) {
    first.set(name, count);
    count += pieceStarts(stop - start).length;
  }
  if (pieces.length !== 2 * HASH * count) throw broken(file, 'each piece of its tensors');
  return async ({ name }, start, bytes) => {
    const at = 2 * HASH * ((first.get(name) ?? 0) + start / PIECE);
    if (hex(await sha256(bytes)) !== pieces.slice(at, at + 2 * HASH)) throw broken(file, `the tensor ${name}`);
  };
}

const hashOfHeader = async (
  entries: readonly TensorEntry[],
  metadata: Readonly<Record<string, string>>,
): Promise<string> => hex(await sha256(new TextEncoder().encode(headerText(entries, metadata))));

const broken = (file: string, what: string): Error => corrupt(file, `the SHA-256 of ${what}`, 'another one');
