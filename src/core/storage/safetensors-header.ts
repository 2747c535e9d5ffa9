import type { ByteSource } from '../contracts/store.js';
import { readExactly } from './byte-sources.js';
import { beyondLimit, corrupt, unsupported } from './corrupt.js';
import { BYTES_OF, type NumberFormat } from './number-formats.js';
import { strictJson } from './strict-json.js';

const MAX_HEADER = 16 * 1024 * 1024;
const MAX_TENSORS = 65_536;
const MAX_RANK = 8;
const MAX_DEPTH = 16;
/** Fields whose numbers are counts. */
const COUNTS: ReadonlySet<string> = new Set(['shape', 'data_offsets']);
/** What a number format may be called: formats come with new versions of safetensors. */
const FORMAT_NAME = /^[A-Z][A-Z0-9_]{0,30}$/;

/** One tensor of a safetensors header; `start` and `stop` count from the end of the header. */
export interface TensorEntry {
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

/**
 * Reads and checks the header of a file in memory. Throws `RXD_FILE_CORRUPT` that names the broken rule, `RXD_FORMAT_UNSUPPORTED` for a number
 * format that is not read and beyond the limits above.
 */
export function readHeader(bytes: Uint8Array, file: string): SafetensorsHeader {
  const length = headerLength(bytes, bytes.length, file);
  return headerOf(bytes.subarray(8, 8 + length), bytes.length, file);
}

/** Reads and checks the header of a source; none of its data is read. */
export async function readHeaderOf(source: ByteSource, file: string): Promise<SafetensorsHeader> {
  const { size } = source;
  const first = await readExactly(source, { offset: 0, length: Math.min(8, size), file });
  const length = headerLength(first, size, file);
  return headerOf(await readExactly(source, { offset: 8, length, file }), size, file);
}

function headerOf(text: Uint8Array, size: number, file: string): SafetensorsHeader {
  const json = parsed(text, file);
  const names = Object.keys(json).filter((name) => name !== '__metadata__');
  if (names.length > MAX_TENSORS) throw beyondLimit(file, `at most ${MAX_TENSORS} tensors`, `${names.length}`);
  const metadata = metadataOf(json['__metadata__'], file);
  const entries = names.map((name) => entryOf(name, json[name], file));
  const dataStart = 8 + text.length;
  checkPlaces(entries, size - dataStart, file);
  return { entries, metadata, dataStart };
}

function headerLength(bytes: Uint8Array, size: number, file: string): number {
  if (size < 10) throw corrupt(file, 'at least 8 bytes of length and a header', `${size} bytes`);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > BigInt(size - 8)) throw corrupt(file, 'a header that lies in the file', `${length} bytes of header`);
  if (length > BigInt(MAX_HEADER)) throw beyondLimit(file, `a header of at most ${MAX_HEADER} bytes`, `${length}`);
  return Number(length);
}

function checkPlaces(entries: readonly TensorEntry[], length: number, file: string): void {
  let end = 0;
  for (const { name, start, stop } of entries.toSorted((a, b) => a.start - b.start || a.stop - b.stop)) {
    if (start !== end)
      throw corrupt(file, 'tensors must neither overlap nor leave holes', `${name} at ${start}, not ${end}`);
    end = stop;
  }
  if (end !== length) throw corrupt(file, 'tensors must fill the file', `${length} bytes of data, ${end} used`);
}

function parsed(header: Uint8Array, file: string): Record<string, unknown> {
  let text = '';
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(header);
  } catch (cause) {
    throw corrupt(file, 'the header must be UTF-8', 'other bytes', cause);
  }
  if (!text.startsWith('{')) throw corrupt(file, 'the header must start with {', JSON.stringify(text.slice(0, 8)));
  return strictJson(text, 'the header', file, { maxDepth: MAX_DEPTH, whole: COUNTS }) as Record<string, unknown>;
}

/** `null` says nothing, as in Python. */
function metadataOf(json: unknown, file: string): Readonly<Record<string, string>> {
  if (json === undefined || json === null) return {};
  const entries: readonly (readonly [string, unknown])[] = typeof json === 'object' ? Object.entries(json) : [];
  const wrong = entries.find(([, value]) => typeof value !== 'string');
  if (typeof json === 'object' && !Array.isArray(json) && wrong === undefined) return json as Record<string, string>;
  const got = wrong ? `${JSON.stringify(wrong[0])}: ${typeof wrong[1]}` : typeof json;
  throw corrupt(file, '__metadata__ must map text to text', got);
}

/** Checked by hand and not by a schema: there may be 65,536 of them. Fields that are not known are passed over. */
function entryOf(name: string, json: unknown, file: string): TensorEntry {
  const { dtype, shape, data_offsets: offsets } = (typeof json === 'object' ? (json ?? {}) : {}) as RawEntry;
  if (typeof dtype === 'string' && !isFormat(dtype) && FORMAT_NAME.test(dtype))
    throw unsupported(file, `${name} of ${dtype}`, `numbers of ${Object.keys(BYTES_OF).join(', ')}`);
  const wrong = !isFormat(dtype)
    ? 'dtype'
    : !isSizes(shape)
      ? 'shape'
      : !isSizes(offsets) || offsets.length !== 2
        ? 'data_offsets'
        : undefined;
  if (wrong !== undefined)
    throw corrupt(
      file,
      'a tensor is { dtype, shape, data_offsets }',
      `${name}: ${wrong} is ${JSON.stringify((json as RawEntry | null)?.[wrong as keyof RawEntry])?.slice(0, 200)}`,
    );
  const rank = (shape as readonly number[]).length;
  if (rank > MAX_RANK) throw beyondLimit(file, `tensors of at most ${MAX_RANK} sides`, `${name}: ${rank} sides`);
  return placed(name, dtype as NumberFormat, shape as readonly number[], offsets as readonly number[], file);
}

interface RawEntry {
  readonly dtype?: unknown;
  readonly shape?: unknown;
  readonly data_offsets?: unknown;
}

const isFormat = (dtype: unknown): dtype is NumberFormat => typeof dtype === 'string' && Object.hasOwn(BYTES_OF, dtype);

const isSizes = (list: unknown): list is readonly number[] =>
  Array.isArray(list) && list.every((side) => Number.isSafeInteger(side) && side >= 0);

function placed(
  name: string,
  dtype: NumberFormat,
  shape: readonly number[],
  [start = 0, stop = 0]: readonly number[],
  file: string,
): TensorEntry {
  const bytes = shape.reduce((product, side) => product * side, BYTES_OF[dtype]);
  if (!Number.isSafeInteger(bytes) || stop - start !== bytes)
    throw corrupt(
      file,
      'shape and dtype must give the number of bytes',
      `${name}: ${dtype} [${shape.join(', ')}] in ${stop - start} bytes`,
    );
  return { name, dtype, shape, start, stop };
}
