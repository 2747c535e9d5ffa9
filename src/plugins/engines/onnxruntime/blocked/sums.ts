import type { Value } from '../graph/value.js';
import { reducedAxes } from '../kernels/reductions.js';
import { pixelSums } from './affine.js';
import type { BlockedKernel } from './blocked-kernel.js';
import { filterDims } from './layout.js';

/** Sums over the pixels, over pixels and samples, or over everything: none of them asks for the order of the channels. */
export const blockedSum: BlockedKernel = (node, values) => {
  const [x] = node.inputs as readonly [Value];
  const output = node.outputs[0] as Value;
  const { graph } = values;
  const axes = reducedAxes(node).join();
  if (values.has(x, 'filter') && axes === '0,1,2,3') {
    const flat = graph.reshape(graph.reshape(values.as(x, 'filter'), filterDims(x)), [-1]);
    values.set(output, 'plain', graph.reshape(graph.node('ReduceSum', [flat], { keepdims: 0 }), output.shape));
    return true;
  }
  if (!values.has(x, 'blocked') || !['1,2', '0,1,2', '0,1,2,3'].includes(axes)) return false;
  const sums = pixelSums(graph, values.as(x, 'blocked'), x);
  const rest = axes === '1,2' ? [] : axes === '0,1,2' ? [0] : [0, 1];
  const all = rest.length === 0 ? sums : graph.node('ReduceSum', [sums, graph.shape(rest)], { keepdims: 0 });
  values.set(output, 'plain', graph.reshape(all, output.shape));
  return true;
};
