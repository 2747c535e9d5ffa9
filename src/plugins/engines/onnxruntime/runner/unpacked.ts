import type { StoredNumbers } from '../../../../core/contracts/engine.js';
import { graphFor } from '../blocked/channels-first-graph.js';
import { filterDims, storedToFilter } from '../blocked/layout.js';
import type { ResidentLayout, Value } from '../graph/value.js';
import type { LoweredPart } from '../passes/lowering.js';

/** The order in which files have the weights of a convolution, `[O, I, h, w]`, as tensors have them, `[h, w, I, O]`. */
const FROM_OIHW = '2,3,1,0';

/** TensorProto.DataType of float32. */
const FLOAT32 = 1;

/** The layout that numbers of a file get at once; another one is made of it. */
export const unpackedLayout = (order: readonly number[] | undefined, wanted: ResidentLayout): ResidentLayout =>
  order?.join() === FROM_OIHW ? wanted : 'plain';

/** A graph that widens numbers of a file to float32 and puts them in a layout. */
export function unpacked(
  value: Value,
  { format, sides, order }: StoredNumbers,
  layout: ResidentLayout,
  block: number,
): LoweredPart {
  const graph = graphFor(block);
  const stored = graph.input(format, sides);
  const wide = format === 'float32' ? stored : graph.node('Cast', [stored], { to: FLOAT32 });
  if (layout === 'filter') {
    graph.output(storedToFilter(graph, wide, value, block), 'float32', filterDims(value));
  } else {
    const isOther = order !== undefined && order.length === sides.length;
    const turned = isOther ? graph.node('Transpose', [wide], { perm: order }) : wide;
    graph.output(turned, 'float32', value.shape);
  }
  return { graph, feeds: [value], results: [{ value, layout }] };
}
