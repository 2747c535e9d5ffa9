import type { OnnxGraph } from '../emit/onnx-graph.js';
import type { Kernel } from '../graph/kernel.js';
import type { ElementType, Spec } from '../graph/spec.js';
import { binary } from './elementwise.js';
import { broadcastShape, widerType } from './shapes.js';
import { ONNX_TYPES } from './casting.js';

/** Divisions. Those of whole numbers are computed in doubles, which hold them: ONNX Runtime ends the process by x / 0. */
export const divisions: readonly Kernel[] = [
  binary('RealDiv', 'Div', { computedIn: 'float32', result: 'float32' }),
  {
    name: 'FloorDiv',
    inputs: ['a', 'b'],
    infer: ([a, b]) => [
      {
        shape: broadcastShape((a as Spec).shape, (b as Spec).shape),
        dtype: 'int32',
      },
    ],
    lower: ({ graph }, [a, b]) => [floorDivNodes(graph, a as string, b as string)],
  },
  {
    name: 'Mod',
    inputs: ['a', 'b'],
    infer: ([a, b]) => [
      {
        shape: broadcastShape((a as Spec).shape, (b as Spec).shape),
        dtype: widerType((a as Spec).dtype, (b as Spec).dtype),
      },
    ],
    lower: ({ graph, outputs }, [a, b]) => [modNodes(graph, a as string, b as string, (outputs[0] as Spec).dtype)],
  },
];

const double = (graph: OnnxGraph, x: string): string => graph.node('Cast', [x], { to: ONNX_TYPES.float64 });

/** What JavaScript writes into whole numbers: 0 where there is no finite number. */
function whole(graph: OnnxGraph, x: string): string {
  const isFinite = graph.node('Less', [graph.node('Abs', [x]), double(graph, graph.floats(Infinity))]);
  const numbers = graph.node('Where', [isFinite, x, double(graph, graph.floats(0))]);
  return graph.node('Cast', [numbers], { to: ONNX_TYPES.int32 });
}

function floorDivNodes(graph: OnnxGraph, a: string, b: string): string {
  return whole(graph, graph.node('Floor', [graph.node('Div', [double(graph, a), double(graph, b)])]));
}

/** The remainder with the sign of the divisor. */
function modNodes(graph: OnnxGraph, a: string, b: string, dtype: ElementType): string {
  const [x, y] = [double(graph, a), double(graph, b)];
  const zero = double(graph, graph.floats(0));
  const remainder = (of: string): string => graph.node('Mod', [of, y], { fmod: 1 });
  const rest = remainder(x);
  const negative = (of: string): string => graph.node('Less', [of, zero]);
  const isSameSide = graph.node('Equal', [negative(x), negative(y)]);
  const result = graph.node('Where', [isSameSide, rest, remainder(graph.node('Add', [rest, y]))]);
  return dtype === 'float32' ? graph.node('Cast', [result], { to: ONNX_TYPES.float32 }) : whole(graph, result);
}
