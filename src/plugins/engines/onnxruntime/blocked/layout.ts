import type { OnnxGraph } from '../emit/onnx-graph.js';
import { sizeOf, type Spec } from '../graph/spec.js';

/**
 * How the numbers of a value lie.
 *
 * - `plain`: row by row, as tfjs has them (images NHWC, filters HWIO);
 * - `blocked`: images `[N, C / b, H, W, b]`, declared as `[N, C, H, W]`, which is what ONNX Runtime's nchwc operators take;
 * - `filter`: weights `[O / b, I / b, h, w, b (in), b (out)]`, or `[O / b, I, h, w, b]` where I is less than a block,
 *   declared as `[O, I, h, w]`.
 */
export type Layout = 'plain' | 'blocked' | 'filter';

/** The domain of the operators over blocked images. */
export const NCHWC = 'com.microsoft.nchwc';

type Image = readonly [batch: number, height: number, width: number, channels: number];

/** An image shape `[N, H, W, C]`. */
export function imageOf({ shape }: Spec): Image {
  const [batch = 1, height = 1, width = 1, channels = 1] = shape;
  return [batch, height, width, channels];
}

/** Whether a value is an image of whole blocks of channels. */
export function isBlockable(value: Spec, block: number): boolean {
  return (
    value.dtype === 'float32' && value.shape.length === 4 && sizeOf(value.shape) > 0 && imageOf(value)[3] % block === 0
  );
}

/** Whether a value `[h, w, I, O]` can be the weights of a blocked convolution. */
export function isFilter(value: Spec, block: number): boolean {
  const [, , inputs, outputs] = imageOf(value);
  const fits = inputs % block === 0 || inputs < block;
  return value.dtype === 'float32' && value.shape.length === 4 && fits && outputs % block === 0;
}

/** `[N, C, H, W]`, the shape under which a blocked image is declared. */
export function blockedDims(value: Spec): readonly number[] {
  const [batch, height, width, channels] = imageOf(value);
  return [batch, channels, height, width];
}

/** `[O, I, h, w]`, the shape under which blocked weights are declared. */
export function filterDims(value: Spec): readonly number[] {
  const [height, width, inputs, outputs] = imageOf(value);
  return [outputs, inputs, height, width];
}

/** NHWC to blocked. One pixel, or one block of channels, lies the same in both. */
export function toBlocked(graph: OnnxGraph, x: string, value: Spec, block: number): string {
  const [, height, width, channels] = imageOf(value);
  if (height * width === 1 || channels === block) return graph.reshape(x, blockedDims(value));
  return graph.node('ReorderInput', [x], { channels_last: 1 }, NCHWC);
}

/** Any order to row by row. */
export function toPlain(graph: OnnxGraph, x: string, value: Spec, from: Layout, block: number): string {
  if (from === 'plain') return x;
  if (from === 'filter') return fromFilter(graph, x, value, block);
  const [, height, width, channels] = imageOf(value);
  if (height * width === 1 || channels === block) return graph.reshape(x, value.shape);
  return graph.node('ReorderOutput', [x], { channels, channels_last: 1 }, NCHWC);
}

/** Rows `[rows, O]` to `[O / b, rows, b]` by the reordering that is fast where a transposition is slow. */
function blockColumns(graph: OnnxGraph, x: string, rows: number, columns: number): string {
  const image = graph.reshape(x, [1, rows, 1, columns]);
  return graph.node('ReorderInput', [image], { channels_last: 1 }, NCHWC);
}

/** HWIO to blocked weights: the outputs in blocks, then chunks of a block of inputs moved in front of the window. */
export function toFilter(graph: OnnxGraph, x: string, value: Spec, block: number): string {
  const [height, width, inputs, outputs] = imageOf(value);
  const [window, blocks, chunk] = chunksOf(value, block);
  const columns = blockColumns(graph, x, window * inputs, outputs);
  const chunks = graph.reshape(columns, [outputs / block, window, blocks, chunk]);
  const moved = window === 1 || blocks === 1 ? chunks : graph.node('Transpose', [chunks], { perm: [0, 2, 1, 3] });
  return graph.reshape(moved, [outputs, inputs, height, width]);
}

/**
 * OIHW, as files have it, to blocked weights, in one step or two: the outputs in blocks, then the window moved in front of a
 * block of inputs. Each takes and gives as many numbers.
 */
export function storedToFilter(value: Spec, block: number): readonly ((graph: OnnxGraph, x: string) => string)[] {
  const [height, width, inputs, outputs] = imageOf(value);
  const [window, rows] = [height * width, inputs * height * width];
  const shape = filterDims(value);
  const columns = (graph: OnnxGraph, x: string): string => {
    const image = graph.reshape(x, [1, outputs, rows, 1]);
    return graph.reshape(graph.node('ReorderInput', [image], { channels_last: 0 }, NCHWC), shape);
  };
  if (window === 1 || inputs < block || block === 1) return [columns];
  // Chunks are gathered on all cores, where a transposition has one.
  const places = (graph: OnnxGraph, x: string): string => {
    const order = Int32Array.from({ length: rows }, (_, to) => placeOf(to, window, block));
    const chunks = graph.reshape(x, [outputs / block, rows, block]);
    return graph.reshape(graph.node('Gather', [chunks, graph.ints(order)], { axis: 1 }), shape);
  };
  return [columns, places];
}

/** Which row of inputs and places stands at `to` where the places come before the inputs of a block. */
function placeOf(to: number, window: number, block: number): number {
  const within = to % (window * block);
  return to - within + (within % block) * window + Math.floor(within / block);
}

function fromFilter(graph: OnnxGraph, x: string, value: Spec, block: number): string {
  const [, , inputs, outputs] = imageOf(value);
  const [window, blocks, chunk] = chunksOf(value, block);
  const chunks = graph.reshape(x, [outputs / block, blocks, window, chunk]);
  const moved = window === 1 || blocks === 1 ? chunks : graph.node('Transpose', [chunks], { perm: [0, 2, 1, 3] });
  const image = graph.reshape(moved, [1, outputs, window * inputs, 1]);
  const rows = graph.node('ReorderOutput', [image], { channels: outputs, channels_last: 1 }, NCHWC);
  return graph.reshape(rows, value.shape);
}

/** Places of the window, blocks of inputs, and numbers that stay together: those of a block of inputs and of outputs. */
function chunksOf(value: Spec, block: number): readonly [window: number, blocks: number, chunk: number] {
  const [height, width, inputs] = imageOf(value);
  const depth = inputs < block ? 1 : block;
  return [height * width, inputs / depth, depth * block];
}
