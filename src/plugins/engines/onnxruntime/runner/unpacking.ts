import type { StoredNumbers } from '../../../../core/contracts/engine.js';
import { filterDims, storedToFilter } from '../blocked/layout.js';
import { graphFor } from '../blocked/channels-first-graph.js';
import type { OnnxGraph } from '../emit/onnx-graph.js';
import type { ResidentLayout, Value } from '../graph/value.js';
import type { LoweredPart } from '../passes/lowering.js';

/** One operation over a whole value: what is between two of them would be memory that is touched for the first time. */
interface UnpackingStep {
  /** Equal for steps that are the same model. */
  readonly key: string;
  readonly make: () => LoweredPart;
}

type Nodes = (graph: OnnxGraph, x: string) => string;

/** The order in which files have the weights of a convolution, `[O, I, h, w]`, as tensors have them, `[h, w, I, O]`. */
const FROM_OIHW = '2,3,1,0';

/** TensorProto.DataType of float32. */
const FLOAT32 = 1;

/** What widens numbers of a file to float32, and puts them in order: in a layout where that is one step from there. */
export function unpackingSteps(
  value: Value,
  { format, sides, order }: StoredNumbers,
  layout: ResidentLayout,
  block: number,
): readonly UnpackingStep[] {
  const step = (name: string, nodes: Nodes, to: ResidentLayout = 'plain', type = 'float32' as typeof format) => ({
    key: `${name} ${type} [${sides.join()}] by [${order?.join()}]`,
    make: (): LoweredPart => {
      const graph = graphFor(block);
      const made = nodes(graph, graph.input(type, sides));
      graph.output(made, 'float32', to === 'plain' ? (name === 'widen' ? sides : value.shape) : filterDims(value));
      return { graph, feeds: [value], results: [{ value, layout: to }] };
    },
  });
  const widened: Nodes = (graph, x) => graph.node('Cast', [x], { to: FLOAT32 });
  const wide = format === 'float32' ? [] : [step('widen', widened, 'plain', format)];
  if (order === undefined || order.length !== sides.length) return wide;
  if (layout === 'filter' && order.join() === FROM_OIHW) {
    const nodes = storedToFilter(value, block);
    return [...wide, ...nodes.map((one, index) => step(`to filter ${index}`, one, 'filter'))];
  }
  return [...wide, step('turn', (graph, x) => graph.node('Transpose', [x], { perm: order }))];
}
