import type { OnnxAttributes } from '../../../../../src/plugins/engines/onnxruntime/emit/onnx-graph.js';
import { filled, moved, reshaped, transposed, type NdArray } from './array.js';
import { convolved } from './convolved.js';

type Operator = (block: number, inputs: readonly (NdArray | undefined)[], attributes: OnnxAttributes) => NdArray;

/** NCHW to `[N, C / b, H, W, b]`, declared as NCHW. */
function blocked(x: NdArray, block: number): NdArray {
  const [batch, channels, height, width] = x.dims as [number, number, number, number];
  if (channels % block !== 0) throw new Error(`${channels} channels do not fill blocks of ${block}`);
  const parts = reshaped(x, [batch, channels / block, block, height, width]);
  return reshaped(transposed(parts, [0, 1, 3, 4, 2]), x.dims);
}

/** The other way. */
function unblocked(x: NdArray, block: number): NdArray {
  const [batch, channels, height, width] = x.dims as [number, number, number, number];
  if (channels % block !== 0) throw new Error(`${channels} channels do not fill blocks of ${block}`);
  const parts = reshaped(x, [batch, channels / block, height, width, block]);
  return reshaped(transposed(parts, [0, 1, 4, 2, 3]), x.dims);
}

/** Blocked weights `[O / b, I / b, h, w, b, b]`, or `[O / b, I, h, w, b]` of less than a block of inputs, to OIHW. */
function plainWeights(weights: NdArray, block: number): NdArray {
  const [outputs, inputs, height, width] = weights.dims as [number, number, number, number];
  const isWide = inputs % block === 0;
  if (outputs % block !== 0 || (!isWide && inputs > block))
    throw new Error(`[${weights.dims.join()}] does not match a supported blocked layout`);
  const deep = isWide ? block : 1;
  const parts = reshaped(weights, [outputs / block, inputs / deep, height, width, deep, block]);
  return reshaped(transposed(parts, [0, 5, 1, 4, 2, 3]), weights.dims);
}

/** An attribute that is a list of whole numbers. */
const list = (attributes: OnnxAttributes, name: string): readonly number[] => attributes[name] as readonly number[];

const conv: Operator = (block, [x, weights, bias, addend], attributes) => {
  const [strides = [], dilations = [], pads = []] = ['strides', 'dilations', 'pads'].map((name) =>
    list(attributes, name),
  );
  const kernel = list(attributes, 'kernel_shape').join();
  const group = attributes['group'] as number;
  const [image, filter] = [x as NdArray, weights as NdArray];
  if (kernel !== filter.dims.slice(2).join()) throw new Error(`a window of ${kernel} is declared`);
  const isDepthwise = group !== 1;
  if (isDepthwise && filter.dims.slice(0, 2).join() !== `${group},1`) throw new Error('not depthwise');
  const isNarrow = !isDepthwise && (image.dims[1] as number) < block;
  const window = { strides, dilations, pads, group };
  const sums = convolved(
    isNarrow ? image : unblocked(image, block),
    isDepthwise ? filter : plainWeights(filter, block),
    window,
  );
  const [, outputs = 1, height = 1, width = 1] = sums.dims;
  const channel = (place: number): number => Math.floor(place / (height * width)) % outputs;
  const shifted = filled(sums, sums.dims, (at) => (sums.data[at] as number) + (bias?.data[channel(at)] ?? 0));
  const result = blocked(shifted, block);
  if (addend === undefined) return result;
  if (addend.dims.join() !== result.dims.join()) throw new Error(`[${addend.dims.join()}] is added`);
  return filled(result, result.dims, (at) => (result.data[at] as number) + (addend.data[at] as number));
};

/** Means of windows of `rows` by `columns`, one beside the other. */
function pooled(x: NdArray, rows: number, columns: number): NdArray {
  const [batch, channels, height, width] = x.dims as [number, number, number, number];
  const parts = reshaped(x, [batch, channels, height / rows, rows, width / columns, columns]);
  const apart = transposed(parts, [0, 1, 2, 4, 3, 5]);
  const size = rows * columns;
  return filled(x, [batch, channels, height / rows, width / columns], (place) => {
    let sum = 0;
    for (let at = 0; at < size; at++) sum += apart.data[place * size + at] as number;
    return sum / size;
  });
}

/** ONNX Runtime's operators over images in blocks of channels, for any size of a block. */
export const NCHWC_OPERATORS: Readonly<Record<string, Operator>> = {
  ReorderInput: (block, [x], { channels_last: last }) =>
    blocked(last === 1 ? transposed(x as NdArray, [0, 3, 1, 2]) : (x as NdArray), block),
  ReorderOutput: (block, [x], { channels, channels_last: last }) => {
    if (channels !== (x as NdArray).dims[1]) throw new Error(`${channels as number} channels are declared`);
    const image = unblocked(x as NdArray, block);
    return last === 1 ? transposed(image, [0, 2, 3, 1]) : image;
  },
  Conv: conv,
  GlobalAveragePool: (block, [x]) => {
    const image = unblocked(x as NdArray, block);
    return blocked(pooled(image, image.dims[2] as number, image.dims[3] as number), block);
  },
  AveragePool: (block, [x], attributes) => {
    const [kernel = [], strides, pads] = ['kernel_shape', 'strides', 'pads'].map((name) => list(attributes, name));
    if (strides?.join() !== kernel.join() || pads?.join() !== '0,0,0,0') throw new Error('windows overlap');
    const [rows = 1, columns = 1] = kernel;
    return blocked(pooled(unblocked(x as NdArray, block), rows, columns), block);
  },
  Upsample: (block, [x], { scales }) => {
    const [, , down, right] = scales as readonly [number, number, number, number];
    const image = unblocked(x as NdArray, block);
    const [batch, channels, height, width] = image.dims as [number, number, number, number];
    const larger = moved(image, [batch, channels, height * down, width * right], ([n, c, h, w]) => {
      return [n as number, c as number, Math.floor((h as number) / down), Math.floor((w as number) / right)];
    });
    return blocked(larger, block);
  },
};
