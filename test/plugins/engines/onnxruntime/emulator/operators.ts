import type { OnnxAttributes } from '../../../../../src/plugins/engines/onnxruntime/emit/onnx-graph.js';
import { sizeOf } from '../../../../../src/plugins/engines/onnxruntime/graph/spec.js';
import { filled, moved, reshaped, transposed, type NdArray } from './array.js';
import { convolved } from './convolved.js';

type Operator = (inputs: readonly NdArray[], attributes: OnnxAttributes) => NdArray | readonly NdArray[];

const numbersOf = (x: NdArray | undefined): number[] => [...(x?.data ?? [])];
const axisOf = (x: NdArray, axis: unknown): number => ((axis as number) + x.dims.length) % x.dims.length;

function unary(of: (x: number) => number): Operator {
  return ([x]) => filled(x as NdArray, (x as NdArray).dims, (place) => of((x as NdArray).data[place] as number));
}

function expanded(x: NdArray, dims: readonly number[]): NdArray {
  const missing = dims.length - x.dims.length;
  return moved(x, dims, (index) => x.dims.map((side, axis) => (side === 1 ? 0 : (index[axis + missing] as number))));
}

function broadcast(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  const side = (dims: readonly number[], axis: number): number => dims[axis - rank + dims.length] ?? 1;
  return Array.from({ length: rank }, (_, axis) => {
    const [one, other] = [side(a, axis), side(b, axis)];
    if (one !== other && one !== 1 && other !== 1) throw new Error(`[${a.join()}] and [${b.join()}]`);
    return Math.max(one, other);
  });
}

function binary(of: (a: number, b: number) => number): Operator {
  return ([a, b]) => {
    const dims = broadcast((a as NdArray).dims, (b as NdArray).dims);
    const [left, right] = [expanded(a as NdArray, dims), expanded(b as NdArray, dims)];
    return filled(left, dims, (place) => of(left.data[place] as number, right.data[place] as number));
  };
}

function reduction(finish: (sum: number, count: number) => number): Operator {
  return ([x, over], { keepdims }) => {
    const { dims } = x as NdArray;
    const axes =
      over === undefined ? dims.map((_, axis) => axis) : numbersOf(over).map((at) => axisOf(x as NdArray, at));
    const kept = dims.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
    const apart = transposed(x as NdArray, [...kept, ...axes]);
    const count = sizeOf(axes.map((axis) => dims[axis] as number));
    const small = dims.flatMap((side, axis) => (axes.includes(axis) ? (keepdims === 0 ? [] : [1]) : [side]));
    return filled(apart, small, (place) => {
      let sum = 0;
      for (let at = 0; at < count; at++) sum += apart.data[place * count + at] as number;
      return finish(sum, count);
    });
  };
}

/** A piece of an array: from `starts`, of sides `dims`. */
function cut(x: NdArray, starts: readonly number[], dims: readonly number[]): NdArray {
  return moved(x, dims, (index) => index.map((at, axis) => at + (starts[axis] as number)));
}

function sliced([x, starts, ends, axes]: readonly NdArray[]): NdArray {
  const { dims } = x as NdArray;
  const [begins, sides] = [dims.map(() => 0), [...dims]];
  const along = axes === undefined ? dims.map((_, axis) => axis) : numbersOf(axes);
  along.forEach((axis, at) => {
    const start = starts?.data[at] as number;
    begins[axis] = start;
    sides[axis] = Math.min(ends?.data[at] as number, dims[axis] as number) - start;
  });
  return cut(x as NdArray, begins, sides);
}

function padded([x, counts, filler]: readonly NdArray[]): NdArray {
  const { dims, data } = x as NdArray;
  const pads = numbersOf(counts);
  const rank = dims.length;
  const sides = dims.map((side, axis) => side + (pads[axis] as number) + (pads[axis + rank] as number));
  // One more number, which everything around the array points to.
  const source = { dims: [data.length + 1], data: Float32Array.from([...data, filler?.data[0] ?? 0]) };
  return moved(source, sides, (index) => {
    const inside = index.map((at, axis) => at - (pads[axis] as number));
    const isOutside = inside.some((at, axis) => at < 0 || at >= (dims[axis] as number));
    return [isOutside ? data.length : inside.reduce((place, at, axis) => place * (dims[axis] as number) + at, 0)];
  });
}

function concat(inputs: readonly NdArray[], at: number): NdArray {
  const [first] = inputs as [NdArray];
  const parts = inputs.map(({ dims, data }) => {
    const length = sizeOf(dims.slice(at));
    return Array.from({ length: data.length / length }, (_, row) => data.subarray(row * length, (row + 1) * length));
  });
  const numbers = (parts[0] ?? []).flatMap((_, row) => parts.flatMap((rows) => [...(rows[row] ?? [])]));
  const side = inputs.reduce((sum, { dims }) => sum + (dims[at] as number), 0);
  return filled(first, first.dims.with(at, side), (place) => numbers[place] as number);
}

/** `ConvTranspose` without dilations: a convolution with turned weights over an image with zeros between its pixels. */
function spreadBack(x: NdArray, weights: NdArray, attributes: OnnxAttributes): NdArray {
  const { strides, pads, output_padding: room } = attributes as Readonly<Record<string, readonly number[]>>;
  const [batch, channels, height, width] = x.dims as [number, number, number, number];
  const [, , rows, columns] = weights.dims as [number, number, number, number];
  const [down, right] = strides as [number, number];
  const sides = [(height - 1) * down + 1, (width - 1) * right + 1] as const;
  const source = { dims: [x.data.length + 1], data: Float32Array.from([...x.data, 0]) };
  const apart = moved(source, [batch, channels, ...sides], ([n = 0, c = 0, h = 0, w = 0]) => {
    const isBetween = h % down !== 0 || w % right !== 0;
    return [isBetween ? x.data.length : ((n * channels + c) * height + h / down) * width + w / right];
  });
  const swapped = transposed(weights, [1, 0, 2, 3]);
  const turned = moved(swapped, swapped.dims, ([o = 0, i = 0, h = 0, w = 0]) => [o, i, rows - 1 - h, columns - 1 - w]);
  const [top, left, bottom, end] = pads as [number, number, number, number];
  const [below, behind] = room as [number, number];
  const around = [rows - 1 - top, columns - 1 - left, rows - 1 - bottom + below, columns - 1 - end + behind];
  return convolved(apart, turned, { strides: [1, 1], dilations: [1, 1], pads: around, group: 1 });
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** The operators of ONNX that blocked graphs use besides those over blocks, by their definitions. */
export const OPERATORS: Readonly<Record<string, Operator>> = {
  Identity: ([x]) => x as NdArray,
  Reshape: ([x, shape]) => reshaped(x as NdArray, numbersOf(shape)),
  Transpose: ([x], { perm }) => transposed(x as NdArray, perm as readonly number[]),
  Expand: ([x, shape]) => expanded(x as NdArray, broadcast((x as NdArray).dims, numbersOf(shape))),
  Concat: (inputs, { axis }) => concat(inputs, axisOf(inputs[0] as NdArray, axis)),
  Slice: (inputs) => sliced(inputs),
  Pad: (inputs) => padded(inputs),
  Split: ([x, sizes], { axis }) => {
    const at = axisOf(x as NdArray, axis);
    let start = 0;
    return numbersOf(sizes).map((side) => {
      const { dims } = x as NdArray;
      const starts = dims.map((_, index) => (index === at ? start : 0));
      start += side;
      return cut(x as NdArray, starts, dims.with(at, side));
    });
  },
  Gather: ([x, indices], { axis }) => {
    const at = axisOf(x as NdArray, axis);
    const chosen = numbersOf(indices);
    const dims = (x as NdArray).dims.with(at, chosen.length);
    return moved(x as NdArray, dims, (index) => index.with(at, chosen[index[at] as number] as number));
  },
  Conv: ([x, weights], { strides, dilations, pads }) =>
    convolved(
      x as NdArray,
      weights as NdArray,
      { strides, dilations, pads, group: 1 } as Parameters<typeof convolved>[2],
    ),
  ConvTranspose: ([x, weights], attributes) => spreadBack(x as NdArray, weights as NdArray, attributes),
  Add: binary((a, b) => a + b),
  Sub: binary((a, b) => a - b),
  Mul: binary((a, b) => a * b),
  Div: binary((a, b) => a / b),
  Max: binary(Math.max),
  Min: binary(Math.min),
  Neg: unary((x) => -x),
  Abs: unary(Math.abs),
  Exp: unary(Math.exp),
  Sqrt: unary(Math.sqrt),
  Tanh: unary(Math.tanh),
  Sin: unary(Math.sin),
  Cos: unary(Math.cos),
  Reciprocal: unary((x) => 1 / x),
  Sigmoid: unary(sigmoid),
  QuickGelu: unary((x) => x * sigmoid(x)),
  ReduceSum: reduction((sum) => sum),
  ReduceMean: reduction((sum, count) => sum / count),
};
