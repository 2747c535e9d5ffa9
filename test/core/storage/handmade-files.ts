/** What a test says of a header: JSON, or text that need not be JSON. */
export type Header = string | Readonly<Record<string, unknown>>;

/** A safetensors file written by hand, so that it may break any rule; `length` is what it claims of its header. */
export function fileOf(header: Header, data: Uint8Array = new Uint8Array(0), length?: number | bigint): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  return joined(lengthBytes(BigInt(length ?? text.length)), text, data);
}

/** A file of one tensor `a`. */
export function tensorFile(dtype: string, shape: readonly unknown[], data: Uint8Array): Uint8Array {
  return fileOf({ a: { dtype, shape, data_offsets: [0, data.length] } }, data);
}

/** The bytes of typed numbers, as they lie in memory: little-endian wherever these tests run. */
export function bytesOf(numbers: ArrayBufferView): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength).slice();
}

/** The 8 bytes in front of a header. */
export function lengthBytes(length: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, length, true);
  return bytes;
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
