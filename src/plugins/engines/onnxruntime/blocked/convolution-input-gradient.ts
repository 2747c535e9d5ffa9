import type { OnnxGraph } from '../emit/onnx-graph.js';
import type { Value } from '../graph/value.js';
import { convolutionSizes, transposedConvolution, type ConvolutionSizes } from '../kernels/convolution.js';
import type { BlockedKernel } from './blocked-kernel.js';
import { channelsOf, takesChannels } from './convolution.js';
import { imageOf, NCHWC, toFilter } from './layout.js';
import { nchwcConv } from './nchwc-conv.js';
import type { Representations } from './representations.js';

/**
 * The gradient of a convolution for its image: a convolution of the slopes with turned weights. Blocks of one channel need no
 * turning: ONNX has an operator for them as they are.
 */
export const blockedInputGradient: BlockedKernel = (node, values) => {
  const [dy, filter] = node.inputs as readonly [Value, Value];
  const dx = node.outputs[0] as Value;
  const sizes = convolutionSizes(dx.shape, filter.shape, node.attributes);
  if (values.block === 1) {
    const [slopes, weights] = [values.as(dy, 'blocked'), values.as(filter, 'filter')];
    values.set(dx, 'blocked', transposedConvolution(values.graph, slopes, weights, sizes));
    return true;
  }
  if (!isPossible(sizes) || !values.can(dx, 'blocked') || !takesChannels(dy, values)) return false;
  const isSparse = sizes.strides[0] === 2;
  if (isSparse && !values.can(dy, 'blocked')) return false;
  const pads = padsOf(sizes);
  // Less than nothing around the slopes would be a cut, which is not known to work there.
  if (pads.some((pad) => pad < 0)) return false;
  const result = nchwcConv(values.graph, {
    x: isSparse ? spread(values.graph, values.as(dy, 'blocked'), dy, values.block) : channelsOf(dy, values),
    weights: turned(filter, values),
    kernel: sizes.filter,
    pads,
  });
  values.set(dx, 'blocked', result);
  return true;
};

function isPossible({ strides, dilations, filter, pads }: ConvolutionSizes): boolean {
  const steps = strides[0] === strides[1] && (strides[0] === 1 || strides[0] === 2);
  return steps && dilations.every((step) => step === 1) && pads[0] < filter[0] && pads[1] < filter[1];
}

/** Padding that makes the result as large as the image was. */
function padsOf({ input, output, filter, strides, pads }: ConvolutionSizes): readonly [number, number, number, number] {
  const side = (axis: 0 | 1): readonly [before: number, after: number] => {
    const before = filter[axis] - 1 - pads[axis];
    return [before, input[axis] - output[axis] * strides[axis] - before + filter[axis] - 1];
  };
  const [[top, bottom], [left, right]] = [side(0), side(1)];
  return [top, left, bottom, right];
}

/** Slopes of a convolution with steps of two: every second row and column of a map twice as large, zeros between. */
function spread(graph: OnnxGraph, dy: string, image: Value, block: number): string {
  const [batch, height, width, channels] = imageOf(image);
  const twice = graph.node('Upsample', [dy], { scales: [1, 1, 2, 2] }, NCHWC);
  const mask = new Float32Array(4 * height * width * block);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const start = (4 * row * width + 2 * column) * block;
      mask.fill(1, start, start + block);
    }
  }
  const rows = graph.reshape(twice, [(batch * channels) / block, mask.length]);
  const kept = graph.node('Mul', [rows, graph.floats(mask)]);
  return graph.reshape(kept, [batch, channels, 2 * height, 2 * width]);
}

/** Weights with inputs and outputs swapped and the window turned by half a circle. */
function turned(filter: Value, values: Representations): string {
  const { graph, block } = values;
  const [height, width, inputs, outputs] = imageOf(filter);
  if (values.can(filter, 'filter') && inputs % block === 0)
    return turnedBlocks(graph, values.as(filter, 'filter'), filter, block);
  const window = height * width;
  const places = graph.reshape(values.as(filter, 'plain'), [window, inputs, outputs]);
  const backwards = graph.ints(Int32Array.from({ length: window }, (_, place) => window - 1 - place));
  const swapped = graph.node('Transpose', [graph.node('Gather', [places, backwards], { axis: 0 })], {
    perm: [0, 2, 1],
  });
  const shape = [height, width, outputs, inputs];
  return toFilter(graph, graph.reshape(swapped, shape), { shape, dtype: 'float32' }, block);
}

/** Whole blocks change places, then each is transposed by the reordering of an image of a block of channels. */
function turnedBlocks(graph: OnnxGraph, weights: string, filter: Value, block: number): string {
  const [height, width, inputs, outputs] = imageOf(filter);
  const window = height * width;
  const [rows, columns] = [inputs / block, outputs / block];
  const order = new Int32Array(rows * columns * window);
  let next = 0;
  for (let input = 0; input < rows; input++) {
    for (let output = 0; output < columns; output++) {
      for (let place = window - 1; place >= 0; place--) order[next++] = (output * rows + input) * window + place;
    }
  }
  const blocks = graph.reshape(weights, [order.length, block * block]);
  const moved = graph.node('Gather', [blocks, graph.ints(order)], { axis: 0 });
  const squares = graph.reshape(moved, [order.length, block, block, 1]);
  const transposed = graph.node('ReorderInput', [squares], { channels_last: 0 }, NCHWC);
  return graph.reshape(transposed, [inputs, outputs, height, width]);
}
