import type { OnnxGraph } from '../emit/onnx-graph.js';
import type { KernelAttributes } from '../graph/kernel.js';
import type { Value } from '../graph/value.js';
import { groupSizes } from '../kernels/group-norm.js';
import { affine, pixelMeans, pixelSums } from './affine.js';
import type { BlockedKernel } from './blocked-kernel.js';

/** A norm's image and small numbers; `[N, G, 1]` or `[N, G, C / G]`. */
interface Normalizing {
  /** x less the mean of its group, blocked: squares of what is left do not cancel, however far the mean is from zero. */
  readonly centred: string;
  /** 1 / standard deviation of the group. */
  readonly inverse: string;
  /** `inverse` times the weight of each channel. */
  readonly scale: string;
}

/** Group normalization of a blocked image: two pools for the statistics, and two affine passes. */
export const blockedGroupNorm: BlockedKernel = (node, values) => {
  const [x, scale, bias] = node.inputs as readonly [Value, Value, Value];
  if (!values.can(x, 'blocked')) return false;
  const { graph } = values;
  const { batch, groups, channels } = groupSizes(x, node.attributes);
  const norm = normalizing(graph, values.as(x, 'blocked'), x, values.as(scale, 'plain'), node.attributes);
  const level = graph.reshape(values.as(bias, 'plain'), [1, groups, channels / groups]);
  const shift = graph.node('Expand', [level, graph.shape([batch, groups, channels / groups])]);
  const result = affine(graph, norm.centred, x, 'sample and channel', { scale: norm.scale, shift });
  values.set(node.outputs[0] as Value, 'blocked', result);
  return true;
};

/** Its gradients for x, scale and bias: two pools, and one affine pass over x and one over the slopes. */
export const blockedGroupNormGradient: BlockedKernel = (node, values) => {
  const [x, scale, dy] = node.inputs as readonly [Value, Value, Value];
  if (!values.can(x, 'blocked')) return false;
  const { graph } = values;
  const { batch, pixels, groups, channels } = groupSizes(x, node.attributes);
  const width = channels / groups;
  const slopes = values.as(dy, 'blocked');
  const gamma = values.as(scale, 'plain');
  const { centred, inverse, scale: factor } = normalizing(graph, values.as(x, 'blocked'), x, gamma, node.attributes);
  const grouped = (sums: string): string => graph.reshape(sums, [batch, groups, width]);
  const sumOfSlopes = grouped(pixelSums(graph, slopes, dy));
  const along = graph.node('Mul', [grouped(pixelSums(graph, graph.node('Mul', [slopes, centred]), dy)), inverse]);
  const share = graph.node('Mul', [inverse, everywhere(graph, -1 / (width * pixels), width)]);
  const weighted = (sums: string): string => {
    const terms = graph.node('Mul', [sums, graph.reshape(gamma, [groups, width])]);
    return graph.node('Mul', [graph.node('ReduceSum', [terms, graph.shape([2])], { keepdims: 1 }), share]);
  };
  const correction = affine(graph, centred, x, 'sample and channel', {
    scale: graph.node('Mul', [weighted(along), inverse]),
    shift: weighted(sumOfSlopes),
  });
  const dx = affine(graph, slopes, dy, 'sample and channel', { scale: factor, addend: correction });
  const overSamples = (sums: string): string =>
    graph.reshape(graph.node('ReduceSum', [sums, graph.shape([0])], { keepdims: 0 }), [channels]);
  const [dxValue, dScale, dBias] = node.outputs as readonly [Value, Value, Value];
  values.set(dxValue, 'blocked', dx);
  values.set(dScale, 'plain', overSamples(along));
  values.set(dBias, 'plain', overSamples(sumOfSlopes));
  return true;
};

function normalizing(
  graph: OnnxGraph,
  image: string,
  x: Value,
  gamma: string,
  attributes: KernelAttributes,
): Normalizing {
  const { batch, groups, channels, epsilon } = groupSizes(x, attributes);
  const width = channels / groups;
  const overGroup = (means: string): string => {
    const grouped = graph.reshape(means, [batch, groups, width]);
    return graph.node('ReduceMean', [grouped, graph.shape([2])], { keepdims: 1 });
  };
  const shift = graph.node('Mul', [overGroup(pixelMeans(graph, image, x)), everywhere(graph, -1, width)]);
  const centred = affine(graph, image, x, 'sample and channel', { shift });
  const variance = overGroup(pixelMeans(graph, graph.node('Mul', [centred, centred]), x));
  const deviation = graph.node('Sqrt', [graph.node('Add', [variance, graph.floats(epsilon)])]);
  const inverse = graph.node('Reciprocal', [deviation]);
  const scale = graph.node('Mul', [inverse, graph.reshape(gamma, [groups, width])]);
  return { centred, inverse, scale };
}

/** A factor of `[N, G, 1]` numbers that spreads them over the channels of their group. */
function everywhere(graph: OnnxGraph, factor: number, width: number): string {
  return graph.floats(new Float32Array(width).fill(factor), [1, 1, width]);
}
