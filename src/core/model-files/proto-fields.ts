import protobuf from 'protobufjs/minimal.js';

/** Wire types of protobuf. */
const [VARINT, FIXED64, BYTES, FIXED32] = [0, 1, 2, 5] as const;

/** A field of a message. */
export interface ProtoField {
  readonly number: number;
  /** The field as it lies there, its tag included. */
  readonly whole: Uint8Array;
  /** What it holds: bytes of a message or text; nothing for a number. */
  readonly body: Uint8Array | undefined;
  /** What it holds, of a whole number; NaN for anything else. */
  readonly value: number;
}

/** The bytes of a message are none: `problem` says why. */
export class ProtoError extends Error {}

/** The fields of a message one after the other. Throws `ProtoError` where they do not fill its bytes. */
export function* fieldsOf(bytes: Uint8Array): Generator<ProtoField> {
  const reader = protobuf.Reader.create(bytes);
  while (reader.pos < reader.len) yield nextField(bytes, reader);
}

function nextField(bytes: Uint8Array, reader: protobuf.Reader): ProtoField {
  const start = reader.pos;
  try {
    const tag = reader.uint32();
    const [number, wire] = [tag >>> 3, tag & 7];
    if (number === 0) throw new ProtoError('a field without a number');
    const { body, value } = contentOf(bytes, reader, wire);
    return { number, body, value, whole: bytes.subarray(start, reader.pos) };
  } catch (error) {
    if (error instanceof ProtoError) throw error;
    throw new ProtoError(`a message that ends in the middle of a field, at ${start} of ${bytes.length} bytes`);
  }
}

function contentOf(bytes: Uint8Array, reader: protobuf.Reader, wire: number): Pick<ProtoField, 'body' | 'value'> {
  if (wire === VARINT) return { body: undefined, value: wholeOf(reader) };
  if (wire === BYTES) {
    const length = reader.uint32();
    const start = reader.pos;
    reader.skip(length);
    return { body: bytes.subarray(start, start + length), value: Number.NaN };
  }
  if (wire !== FIXED32 && wire !== FIXED64) throw new ProtoError(`the wire type ${wire}`);
  reader.skip(wire === FIXED32 ? 4 : 8);
  return { body: undefined, value: Number.NaN };
}

/** A whole number of 64 bits, as near as a double comes. */
function wholeOf(reader: protobuf.Reader): number {
  const value: unknown = reader.int64();
  return typeof value === 'number' ? value : (value as { toNumber(): number }).toNumber();
}

/** A field as text. */
export const textOf = (body: Uint8Array | undefined): string => new TextDecoder().decode(body);

/** Whole numbers of a repeated field, which may lie packed or one by one. */
export function numbersOf({ body, value }: ProtoField): readonly number[] {
  if (body === undefined) return [value];
  const reader = protobuf.Reader.create(body);
  const numbers: number[] = [];
  try {
    while (reader.pos < reader.len) numbers.push(wholeOf(reader));
    return numbers;
  } catch (cause) {
    throw new ProtoError('a list of numbers that ends in the middle of one', { cause });
  }
}
