import { sizeOf } from '../../../../../src/plugins/engines/onnxruntime/graph/spec.js';

/** Numbers in row-major order under a shape; int64 of ONNX is an Int32Array here. */
export interface NdArray {
  readonly dims: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/** An array of the type of another one, its numbers by place. */
export function filled(like: NdArray, dims: readonly number[], at: (place: number) => number): NdArray {
  const size = sizeOf(dims);
  const data = like.data instanceof Float32Array ? new Float32Array(size) : new Int32Array(size);
  for (let place = 0; place < size; place++) data[place] = at(place);
  return { dims, data };
}

/** Distance in memory between neighbours along each axis. */
export function stridesOf(dims: readonly number[]): number[] {
  return dims.map((_, axis) => sizeOf(dims.slice(axis + 1)));
}

/** An array whose element at each index is the element of `x` at another index. */
export function moved(
  x: NdArray,
  dims: readonly number[],
  from: (index: readonly number[]) => readonly number[],
): NdArray {
  const [there, here] = [stridesOf(x.dims), stridesOf(dims)];
  return filled(x, dims, (place) => {
    const index = here.map((stride, axis) => Math.floor(place / stride) % (dims[axis] as number));
    const source = from(index);
    return x.data[source.reduce((sum, at, axis) => sum + at * (there[axis] as number), 0)] as number;
  });
}

/** The axes of an array in another order. */
export function transposed(x: NdArray, perm: readonly number[]): NdArray {
  const dims = perm.map((axis) => x.dims[axis] as number);
  return moved(x, dims, (index) => x.dims.map((_, axis) => index[perm.indexOf(axis)] as number));
}

/** The same numbers under another shape. */
export function reshaped(x: NdArray, dims: readonly number[]): NdArray {
  const known = sizeOf(dims.filter((side) => side >= 0));
  const shape = dims.map((side) => (side < 0 ? x.data.length / known : side));
  if (sizeOf(shape) !== x.data.length) throw new Error(`[${x.dims.join()}] cannot be [${dims.join()}]`);
  return { dims: shape, data: x.data };
}
