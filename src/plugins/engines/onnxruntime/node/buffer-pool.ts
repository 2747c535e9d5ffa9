import { sizeOf, type ElementType, type HostData } from '../graph/spec.js';

/** Data of fewer bytes come from the heap and go back to it. */
const SMALLEST = 1 << 14;

/** Bytes kept at most. */
const LARGEST_POOL = 1 << 29;

/** TypeScript's ES2023 does not know of buffers that can be resized; Node has them since 20. */
type Resizable = new (bytes: number, options: { readonly maxByteLength: number }) => ArrayBuffer;

/**
 * Memory for values, used again for values of the same type and size: a train step makes hundreds of megabytes, which the
 * garbage collector would see too late. Larger data begin at a page: processors are a fifth slower in convolutions whose
 * weights do not begin at a cache line, and the heap begins where it likes.
 */
export class BufferPool {
  readonly #free = new Map<string, HostData[]>();
  #bytes = 0;

  /** Room for numbers; what is in it is anything. */
  take(type: ElementType, dims: readonly number[]): HostData {
    const size = sizeOf(dims);
    const buffer = this.#free.get(`${type}/${size}`)?.pop();
    if (buffer === undefined) return fresh(type, size);
    this.#bytes -= buffer.byteLength;
    return buffer;
  }

  /** Takes back what nobody reads any more. */
  give(data: HostData): void {
    if (data.byteLength < SMALLEST || this.#bytes + data.byteLength > LARGEST_POOL) return;
    const key = `${typeOf(data)}/${data.length}`;
    const kept = this.#free.get(key) ?? [];
    kept.push(data);
    this.#free.set(key, kept);
    this.#bytes += data.byteLength;
  }
}

/** Buffers that can be resized are made of whole pages, which is all that is wanted of them. */
function fresh(type: ElementType, size: number): HostData {
  const Kind = { float32: Float32Array, int32: Int32Array, bool: Uint8Array }[type];
  const bytes = size * Kind.BYTES_PER_ELEMENT;
  if (bytes < SMALLEST) return new Kind(size);
  return new Kind(new (ArrayBuffer as unknown as Resizable)(bytes, { maxByteLength: bytes }), 0, size);
}

function typeOf(data: HostData): ElementType {
  if (data instanceof Float32Array) return 'float32';
  return data instanceof Int32Array ? 'int32' : 'bool';
}
