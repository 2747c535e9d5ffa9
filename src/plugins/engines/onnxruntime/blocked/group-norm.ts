import type { OnnxGraph } from '../emit/onnx-graph.js';
import type { Value } from '../graph/value.js';
import { groupSizes } from '../kernels/group-norm.js';
import { affine, pixelMeans, pixelSums } from './affine.js';
import type { BlockedKernel } from './blocked-kernel.js';
import type { KernelAttributes } from '../graph/kernel.js';

/** Small numbers of a norm by sample, group and channel of the group; `[N, G, 1]` or `[N, G, C / G]`. */
interface Statistics {
  /** Mean of the group. */
  readonly mean: string;
  /** 1 / standard deviation of the group. */
  readonly inverse: string;
  /** Factor of x for each channel. */
  readonly scale: string;
}

/** Group normalization of a blocked image: two pools for the statistics, and one affine pass. */
export const blockedGroupNorm: BlockedKernel = (node, values) => {
  const [x, scale, bias] = node.inputs as readonly [Value, Value, Value];
  if (!values.can(x, 'blocked')) return false;
  const { graph } = values;
  const sizes = groupSizes(x, node.attributes);
  const image = values.as(x, 'blocked');
  const { mean, scale: factor } = statistics(graph, image, x, values.as(scale, 'plain'), node.attributes);
  const level = graph.reshape(values.as(bias, 'plain'), [sizes.groups, sizes.channels / sizes.groups]);
  const shift = graph.node('Sub', [level, graph.node('Mul', [mean, factor])]);
  values.set(
    node.outputs[0] as Value,
    'blocked',
    affine(graph, image, x, 'sample and channel', { scale: factor, shift }),
  );
  return true;
};

/** Its gradients for x, scale and bias: two pools, and one affine pass over x and one over the slopes. */
export const blockedGroupNormGradient: BlockedKernel = (node, values) => {
  const [x, scale, dy] = node.inputs as readonly [Value, Value, Value];
  if (!values.can(x, 'blocked')) return false;
  const { graph } = values;
  const { batch, pixels, groups, channels } = groupSizes(x, node.attributes);
  const [image, slopes] = [values.as(x, 'blocked'), values.as(dy, 'blocked')];
  const gamma = values.as(scale, 'plain');
  const { mean, inverse, scale: factor } = statistics(graph, image, x, gamma, node.attributes);
  const grouped = (sums: string): string => graph.reshape(sums, [batch, groups, channels / groups]);
  const sumOfSlopes = grouped(pixelSums(graph, slopes, dy));
  const along = grouped(pixelSums(graph, graph.node('Mul', [slopes, image]), dy));
  const deviations = graph.node('Mul', [graph.node('Sub', [along, graph.node('Mul', [mean, sumOfSlopes])]), inverse]);
  const share = graph.floats(-groups / (channels * pixels));
  const weighted = (sums: string): string => {
    const terms = graph.node('Mul', [sums, graph.reshape(gamma, [groups, channels / groups])]);
    return graph.node('Mul', [graph.node('ReduceSum', [terms, graph.shape([2])], { keepdims: 1 }), share]);
  };
  const slope = graph.node('Mul', [graph.node('Mul', [inverse, inverse]), weighted(deviations)]);
  const shift = graph.node('Sub', [
    graph.node('Mul', [inverse, weighted(sumOfSlopes)]),
    graph.node('Mul', [slope, mean]),
  ]);
  const spread = (numbers: string): string =>
    graph.node('Expand', [numbers, graph.shape([batch, groups, channels / groups])]);
  const correction = affine(graph, image, x, 'sample and channel', { scale: spread(slope), shift: spread(shift) });
  const dx = affine(graph, slopes, dy, 'sample and channel', { scale: factor, addend: correction });
  const overSamples = (sums: string): string =>
    graph.reshape(graph.node('ReduceSum', [sums, graph.shape([0])], { keepdims: 0 }), [channels]);
  const [dxValue, dScale, dBias] = node.outputs as readonly [Value, Value, Value];
  values.set(dxValue, 'blocked', dx);
  values.set(dScale, 'plain', overSamples(deviations));
  values.set(dBias, 'plain', overSamples(sumOfSlopes));
  return true;
};

function statistics(
  graph: OnnxGraph,
  image: string,
  x: Value,
  gamma: string,
  attributes: KernelAttributes,
): Statistics {
  const { batch, groups, channels, epsilon } = groupSizes(x, attributes);
  const width = channels / groups;
  const groupMeans = (means: string): string => {
    const grouped = graph.reshape(means, [batch, groups, width]);
    return graph.node('ReduceMean', [grouped, graph.shape([2])], { keepdims: 1 });
  };
  const mean = groupMeans(pixelMeans(graph, image, x));
  const square = groupMeans(pixelMeans(graph, graph.node('Mul', [image, image]), x));
  const variance = graph.node('Sub', [square, graph.node('Mul', [mean, mean])]);
  const positive = graph.node('Add', [graph.node('Max', [variance, graph.floats(0)]), graph.floats(epsilon)]);
  const inverse = graph.node('Reciprocal', [graph.node('Sqrt', [positive])]);
  const scale = graph.node('Mul', [inverse, graph.reshape(gamma, [groups, width])]);
  return { mean, inverse, scale };
}
