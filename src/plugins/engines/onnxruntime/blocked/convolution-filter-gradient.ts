import type { OnnxGraph } from '../emit/onnx-graph.js';
import type { Value } from '../graph/value.js';
import { convolutionSizes, type ConvolutionSizes } from '../kernels/convolution.js';
import type { BlockedKernel } from './blocked-kernel.js';
import { channelsFirst } from './convolution.js';
import { imageOf, NCHWC } from './layout.js';
import { nchwcConv } from './nchwc-conv.js';
import { pointwiseFilterGradient } from './pointwise-filter-gradient.js';
import type { Representations } from './representations.js';

/**
 * The gradient of a convolution for its weights, as a convolution in which the batch plays the channels: the images of
 * each input channel, and the slopes as a window as large as the map. Its result has as many pixels as the weights' window.
 */
export const blockedFilterGradient: BlockedKernel = (node, values) => {
  const [x, dy] = node.inputs as readonly [Value, Value];
  const gradient = node.outputs[0] as Value;
  const sizes = convolutionSizes(x.shape, gradient.shape, node.attributes);
  if (sizes.dilations.some((step) => step !== 1)) return false;
  if (pointwiseFilterGradient(x, dy, gradient, sizes, values)) return true;
  const bands = bandsOf(sizes, values.block);
  const room = roomOf(sizes);
  if (bands === undefined || room === undefined) return false;
  if (values.can(gradient, 'filter') && values.can(dy, 'blocked')) {
    values.set(gradient, 'filter', weightsOrder(values, gradient, correlated(values, { x, dy, sizes, bands, room })));
    return true;
  }
  return false;
};

interface Correlation {
  readonly x: Value;
  readonly dy: Value;
  readonly sizes: ConvolutionSizes;
  /** How many bands of rows a sample is cut into, so that bands and samples together fill a block. */
  readonly bands: number;
  readonly room: Room;
}

/** Rows and columns around the image. */
interface Room {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/** Bands to cut a sample into; nothing where samples and bands do not fill blocks. */
function bandsOf({ batch, output }: ConvolutionSizes, block: number): number | undefined {
  if (batch % block === 0) return 1;
  const bands = block / batch;
  return Number.isInteger(bands) && output[0] % bands === 0 ? bands : undefined;
}

/** Padding with which the result is as large as the window; nothing where the image would have to be cut. */
function roomOf({ input, output, filter, strides, pads }: ConvolutionSizes): Room | undefined {
  const after = (axis: 0 | 1): number =>
    filter[axis] - 1 + (output[axis] - 1) * strides[axis] + 1 - input[axis] - pads[axis];
  const room = { top: pads[0], left: pads[1], bottom: after(0), right: after(1) };
  return room.bottom < 0 || room.right < 0 ? undefined : room;
}

/** `[I, O / b, h, w, b]`, declared as `[I, O, h, w]`. */
function correlated(values: Representations, correlation: Correlation): string {
  const { sizes, bands, room } = correlation;
  return nchwcConv(values.graph, {
    x: imagesOfChannels(values, correlation),
    weights: slopesAsWindow(values, correlation),
    kernel: [sizes.output[0] / bands, sizes.output[1]],
    dilations: sizes.strides,
    pads: bands === 1 ? [room.top, 0, room.bottom, 0] : [0, 0, 0, 0],
  });
}

/** `[I, B / b, H, W, b]` with B = samples times bands as channels; columns are padded here, since pads are slow there. */
function imagesOfChannels(values: Representations, { x, sizes, bands, room }: Correlation): string {
  const { graph, block } = values;
  const [batch, height, width, channels] = imageOf(x);
  const first = values.can(x, 'blocked')
    ? graph.node('ReorderOutput', [values.as(x, 'blocked')], { channels, channels_last: 0 }, NCHWC)
    : channelsFirst(graph, values.as(x, 'plain'), x);
  const { rows, name } = bands === 1 ? { rows: height, name: first } : banded(graph, first, x, { sizes, bands, room });
  const blocks = (batch * bands) / block;
  const image = graph.reshape(name, [blocks, block, channels * rows, width]);
  const reordered = graph.node('ReorderInput', [image], { channels_last: 0 }, NCHWC);
  const padded = padColumns(graph, reordered, [blocks * channels * rows, width], room, block);
  const wide = width + room.left + room.right;
  const chunks = graph.reshape(padded, [blocks, channels, rows * wide * block]);
  const moved = blocks === 1 ? chunks : graph.node('Transpose', [chunks], { perm: [1, 0, 2] });
  return graph.reshape(moved, [channels, batch * bands, rows, wide]);
}

function padColumns(
  graph: OnnxGraph,
  x: string,
  [rows, width]: readonly [number, number],
  { left, right }: Room,
  block: number,
): string {
  const flat = graph.reshape(x, [rows, width * block]);
  if (left + right === 0) return flat;
  return graph.node('Pad', [flat, graph.shape([0, left * block, 0, right * block])]);
}

/** Overlapping bands of rows `[N, I, H, W]` -> `[N * bands, I, rows, W]`, each with the rows that its slopes look at. */
function banded(
  graph: OnnxGraph,
  x: string,
  image: Value,
  { sizes, bands, room }: Pick<Correlation, 'sizes' | 'bands' | 'room'>,
): { readonly rows: number; readonly name: string } {
  const [batch, , width, channels] = imageOf(image);
  const outputRows = sizes.output[0] / bands;
  const rows = (outputRows - 1) * sizes.strides[0] + sizes.filter[0];
  const padded = graph.node('Pad', [x, graph.shape([0, 0, room.top, 0, 0, 0, room.bottom, 0])]);
  const pieces = Array.from({ length: bands }, (_, band) => {
    const start = band * outputRows * sizes.strides[0];
    const cut = graph.node('Slice', [padded, graph.shape([start]), graph.shape([start + rows]), graph.shape([2])]);
    return graph.reshape(cut, [batch, 1, channels * rows, width]);
  });
  return { rows, name: graph.node('Concat', pieces, { axis: 1 }) };
}

/** Slopes `[N, O / b, H, W, b]` as weights `[O / b, B / b, H, W, b (samples and bands), b (outputs)]`. */
function slopesAsWindow(values: Representations, { dy, bands }: Correlation): string {
  const { graph, block } = values;
  const [batch, height, width, channels] = imageOf(dy);
  const [columns, rows] = [channels / block, height / bands];
  const slopes = values.as(dy, 'blocked');
  const samples =
    bands === 1
      ? slopes
      : graph.node('Transpose', [graph.reshape(slopes, [batch, columns, bands, rows * width * block])], {
          perm: [0, 2, 1, 3],
        });
  const weights = blocksTogether(values, samples, [(batch * bands) / block, columns, rows * width]);
  return graph.reshape(weights, [channels, batch * bands, rows, width]);
}

/** `[I, O / b, h, w, b]` as blocked weights. */
function weightsOrder(values: Representations, gradient: Value, x: string): string {
  const { graph, block } = values;
  const [height, width, inputs, outputs] = imageOf(gradient);
  const window = height * width;
  const moved =
    inputs < block
      ? graph.node('Transpose', [graph.reshape(x, [inputs, outputs / block, window * block])], { perm: [1, 0, 2] })
      : blocksTogether(values, x, [inputs / block, outputs / block, window]);
  return graph.reshape(moved, [outputs, inputs, height, width]);
}

/**
 * `[R, b, C, P, b]` to `[C, R, P, b, b]`. The block of rows goes in front of its numbers by the reordering of images: it
 * moves chunks of a block of numbers on all cores, which a transposition does one by one.
 */
function blocksTogether(
  { graph, block }: Representations,
  x: string,
  [rows, columns, places]: readonly [rows: number, columns: number, places: number],
): string {
  const image = graph.reshape(x, [rows, block, 1, columns * places * block]);
  const together = graph.node('ReorderInput', [image], { channels_last: 1 }, NCHWC);
  if (rows === 1 || columns === 1) return together;
  const chunks = graph.reshape(together, [rows, columns, places * block * block]);
  return graph.node('Transpose', [chunks], { perm: [1, 0, 2] });
}
