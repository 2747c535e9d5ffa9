import protobuf from 'protobufjs/minimal.js';

type Writer = protobuf.Writer;

/** Wire types of protobuf. */
const [VARINT, BYTES, FIXED32] = [0, 2, 5] as const;

/** A field that holds bytes. */
export function tagged(number: number, body: Uint8Array): Uint8Array {
  return protobuf.Writer.create()
    .uint32((number << 3) | BYTES)
    .bytes(body)
    .finish();
}

/** Writes a field that is a message. */
export function message(writer: Writer, number: number, body: () => void): void {
  writer.uint32((number << 3) | BYTES).fork();
  body();
  writer.ldelim();
}

/** Writes a whole number. */
export function integer(writer: Writer, number: number, value: number): void {
  writer.uint32((number << 3) | VARINT).int64(value);
}

/** Writes a float32. */
export function float(writer: Writer, number: number, value: number): void {
  writer.uint32((number << 3) | FIXED32).float(value);
}

/** Writes a text. */
export function text(writer: Writer, number: number, value: string): void {
  writer.uint32((number << 3) | BYTES).string(value);
}

/** Bytes one after the other. */
export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
