import { sizeOf, type ElementType, type HostData } from '../graph/spec.js';

/** Data of fewer bytes come from the heap and go back to it. */
const SMALLEST = 1 << 14;

/** Bytes kept at most. */
const LARGEST_POOL = 1 << 29;

/** TypeScript's ES2023 does not know of buffers that can be resized; Node has them since 20. */
type Resizable = new (bytes: number, options: { readonly maxByteLength: number }) => ArrayBuffer;

/** What it does not know of them. */
interface ResizableBuffer extends ArrayBuffer {
  readonly resizable: boolean;
  resize(bytes: number): void;
}

/**
 * Memory for values, used again for values of the same type and size: a train step makes hundreds of megabytes, which the
 * garbage collector would see too late. Larger data begin at a page: processors are a fifth slower in convolutions whose
 * weights do not begin at a cache line, and the heap begins where it likes.
 */
export class BufferPool {
  readonly #free = new Map<string, HostData[]>();
  readonly #made = new WeakSet<ArrayBufferView>();
  #bytes = 0;

  /** Room for numbers; what is in it is anything. */
  take(type: ElementType, dims: readonly number[]): HostData {
    const size = sizeOf(dims);
    const buffer = this.#free.get(`${type}/${size}`)?.pop();
    if (buffer !== undefined) {
      this.#bytes -= buffer.byteLength;
      return buffer;
    }
    const made = fresh(type, size);
    this.#made.add(made);
    return made;
  }

  /** Gives memory back that is not wanted again. */
  drop(data: HostData): void {
    letGo(data.buffer as ArrayBuffer);
  }

  /** Takes back what nobody reads any more. What it does not keep, or did not make, goes at once. */
  give(data: HostData | Uint16Array): void {
    if (data.byteLength < SMALLEST) return;
    if (data instanceof Uint16Array || !this.#made.has(data) || this.#bytes + data.byteLength > LARGEST_POOL)
      return letGo(data.buffer as ArrayBuffer);
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

/** Gives memory back before the garbage collector sees that nobody has it, which may be gigabytes later. */
function letGo(buffer: ArrayBuffer): void {
  const one = buffer as ResizableBuffer;
  if (one.resizable) one.resize(0);
}

function typeOf(data: HostData): ElementType {
  if (data instanceof Float32Array) return 'float32';
  return data instanceof Int32Array ? 'int32' : 'bool';
}
