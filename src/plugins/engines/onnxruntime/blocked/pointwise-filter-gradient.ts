import type { Value } from '../graph/value.js';
import type { ConvolutionSizes } from '../kernels/convolution.js';
import { imageOf, NCHWC } from './layout.js';
import { nchwcConv } from './nchwc-conv.js';
import type { Representations } from './representations.js';

/**
 * The gradient for the weights of a convolution with a window of one pixel: a matrix product over all pixels, written as a
 * convolution with the pixels as channels. False, with nothing set, where it is not such a convolution.
 */
export function pointwiseFilterGradient(
  x: Value,
  dy: Value,
  gradient: Value,
  { batch, input, filter, strides, pads }: ConvolutionSizes,
  values: Representations,
): boolean {
  const [height, width, inputs] = input;
  const pixels = batch * height * width;
  const { graph, block } = values;
  const isPointwise = [...filter, ...strides].every((side) => side === 1) && pads.every((pad) => pad === 0);
  const fits =
    pixels % block === 0 && inputs % block === 0 && values.can(gradient, 'filter') && values.can(dy, 'blocked');
  if (!isPointwise || !fits) return false;
  const rows = graph.reshape(values.as(x, 'plain'), [1, pixels, inputs / block, block]);
  const outputs = imageOf(gradient)[3];
  const slopes = graph.reshape(values.as(dy, 'blocked'), [batch, outputs / block, height * width * block]);
  const moved = graph.node('Transpose', [slopes], { perm: [1, 0, 2] });
  const result = nchwcConv(graph, {
    x: graph.node('ReorderInput', [rows], { channels_last: 0 }, NCHWC),
    weights: graph.reshape(moved, [outputs, pixels, 1, 1]),
    kernel: [1, 1],
  });
  values.set(gradient, 'filter', graph.reshape(result, [outputs, inputs, 1, 1]));
  return true;
}
