/** Element types that graphs compute with; strings and complex numbers stay on the host. */
export type ElementType = 'float32' | 'int32' | 'bool';

/** Plain data of a value, as tfjs holds it. */
export type HostData = Float32Array | Int32Array | Uint8Array;

/** Shape and element type, all that is known of a value before it is computed. */
export interface Spec {
  readonly shape: readonly number[];
  readonly dtype: ElementType;
}

/** Number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (const side of shape) size *= side;
  return size;
}
