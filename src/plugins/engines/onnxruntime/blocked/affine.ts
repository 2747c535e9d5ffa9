import type { Spec } from '../graph/spec.js';
import type { OnnxGraph } from '../emit/onnx-graph.js';
import { blockedDims, imageOf, NCHWC } from './layout.js';
import { nchwcConv } from './nchwc-conv.js';

/** Factor and summand of an affine pass: names of `[N * C]` numbers, or of `[C]` numbers that serve every sample. */
export interface Affine {
  readonly scale?: string;
  readonly shift?: string;
  /** A blocked image that is added. */
  readonly addend?: string;
}

/**
 * `scale * x + shift + addend` in one pass over a blocked image, as a depthwise convolution with a window of one pixel.
 *
 * @param per - what the numbers are for: a channel of a sample, or a channel of all samples
 */
export function affine(
  graph: OnnxGraph,
  x: string,
  image: Spec,
  per: 'sample and channel' | 'channel',
  { scale, shift, addend }: Affine,
): string {
  const [batch, height, width, channels] = imageOf(image);
  const group = per === 'channel' ? channels : batch * channels;
  const dims = per === 'channel' ? [batch, channels, height, width] : [1, group, height, width];
  const numbers = (name: string): string => graph.reshape(name, [group, 1, 1, 1]);
  const result = nchwcConv(graph, {
    x: graph.reshape(x, dims),
    weights: scale === undefined ? ones(graph, group) : numbers(scale),
    bias: shift === undefined ? undefined : graph.reshape(shift, [group]),
    addend: addend === undefined ? undefined : graph.reshape(addend, dims),
    kernel: [1, 1],
    group,
  });
  return graph.reshape(result, blockedDims(image));
}

/** Mean over the pixels of each channel of a blocked image: `[N, C]`. */
export function pixelMeans(graph: OnnxGraph, x: string, image: Spec): string {
  const [batch, height, width, channels] = imageOf(image);
  const means = height * width === 1 ? x : graph.node('GlobalAveragePool', [x], {}, NCHWC);
  return graph.reshape(means, [batch, channels]);
}

/** Sum over the pixels of each channel: `[N, C]`. */
export function pixelSums(graph: OnnxGraph, x: string, image: Spec): string {
  const [, height, width] = imageOf(image);
  return graph.node('Mul', [pixelMeans(graph, x, image), graph.floats(height * width)]);
}

function ones(graph: OnnxGraph, count: number): string {
  return graph.node('Expand', [graph.floats(1), graph.shape([count, 1, 1, 1])]);
}
