import { z } from 'zod';
import { corrupt } from './corrupt.js';
import { BYTES_OF, type NumberFormat } from './number-formats.js';
import { strictJson } from './strict-json.js';

const MAX_HEADER = 16 * 1024 * 1024;
const MAX_TENSORS = 65_536;
const MAX_RANK = 8;

/** One tensor of a safetensors header; `start` and `stop` count from the end of the header. */
interface TensorEntry {
  readonly name: string;
  readonly dtype: NumberFormat;
  readonly shape: readonly number[];
  readonly start: number;
  readonly stop: number;
}

/** What a safetensors header says. */
export interface SafetensorsHeader {
  readonly entries: readonly TensorEntry[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly dataStart: number;
}

const size = z.int().min(0);
const entrySchema = z.strictObject({
  dtype: z.enum(Object.keys(BYTES_OF) as [NumberFormat, ...NumberFormat[]]),
  shape: z.array(size).max(MAX_RANK),
  data_offsets: z.tuple([size, size]),
});
const metadataSchema = z.record(z.string(), z.string());

/** Reads and checks the header. Throws `RXD_FILE_CORRUPT` that names the broken rule. */
export function readHeader(bytes: Uint8Array, file: string): SafetensorsHeader {
  const length = headerLength(bytes, file);
  const json = parsed(bytes.subarray(8, 8 + length), file);
  const names = Object.keys(json).filter((name) => name !== '__metadata__');
  if (names.length > MAX_TENSORS) throw corrupt(file, `at most ${MAX_TENSORS} tensors`, `${names.length}`);
  const metadata = metadataSchema.safeParse(Object.hasOwn(json, '__metadata__') ? json['__metadata__'] : {});
  if (!metadata.success) throw corrupt(file, '__metadata__ must map text to text', z.prettifyError(metadata.error));
  const entries = names.map((name) => entryOf(name, json[name], file));
  return { entries, metadata: metadata.data, dataStart: 8 + length };
}

function headerLength(bytes: Uint8Array, file: string): number {
  if (bytes.length < 10) throw corrupt(file, 'at least 8 bytes of length and a header', `${bytes.length} bytes`);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER)) throw corrupt(file, `a header of at most ${MAX_HEADER} bytes`, `${length}`);
  if (length > BigInt(bytes.length - 8))
    throw corrupt(file, 'a header that lies in the file', `${length} bytes of header`);
  return Number(length);
}

function parsed(header: Uint8Array, file: string): Record<string, unknown> {
  let text = '';
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(header);
  } catch (cause) {
    throw corrupt(file, 'the header must be UTF-8', 'other bytes', cause);
  }
  if (!text.startsWith('{')) throw corrupt(file, 'the header must start with {', JSON.stringify(text.slice(0, 8)));
  return strictJson(text, 'the header', file) as Record<string, unknown>;
}

function entryOf(name: string, json: unknown, file: string): TensorEntry {
  const entry = entrySchema.safeParse(json);
  if (!entry.success)
    throw corrupt(file, 'a tensor is { dtype, shape, data_offsets }', `${name}: ${z.prettifyError(entry.error)}`);
  const { dtype, shape, data_offsets } = entry.data;
  const [start, stop] = data_offsets;
  const bytes = shape.reduce((product, side) => product * side, BYTES_OF[dtype]);
  if (!Number.isSafeInteger(bytes) || stop - start !== bytes)
    throw corrupt(
      file,
      'shape and dtype must give the number of bytes',
      `${name}: ${dtype} [${shape.join(', ')}] in ${stop - start} bytes`,
    );
  return { name, dtype, shape, start, stop };
}
