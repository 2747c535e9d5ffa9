import type * as ort from 'onnxruntime-node';
import { sizeOf, type HostData } from '../graph/spec.js';
import type { ResultSpec } from './protocol.js';

/** Results of fewer bytes are left to ONNX Runtime. */
const SMALLEST = 1 << 14;

/** Bytes kept at most. */
const LARGEST_POOL = 1 << 29;

/**
 * Freed results, used again for results of the same type and size: a train step makes hundreds of megabytes, which the
 * garbage collector would see too late.
 */
export class BufferPool {
  readonly #free = new Map<string, HostData[]>();
  #bytes = 0;

  /** A tensor to write a result into, or `null` to let ONNX Runtime make one. */
  tensorFor(runtime: Pick<typeof ort, 'Tensor'>, { type, dims }: ResultSpec): ort.Tensor | null {
    const buffer = this.#free.get(`${type}/${sizeOf(dims)}`)?.pop();
    if (buffer === undefined) return null;
    this.#bytes -= buffer.byteLength;
    return new runtime.Tensor(type, buffer, [...dims]);
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

function typeOf(data: HostData): string {
  if (data instanceof Float32Array) return 'float32';
  return data instanceof Int32Array ? 'int32' : 'bool';
}
