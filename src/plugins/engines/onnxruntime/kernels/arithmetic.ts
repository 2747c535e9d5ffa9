import type { Kernel } from '../graph/kernel.js';
import type { Spec } from '../graph/spec.js';
import type { OnnxGraph } from '../emit/onnx-graph.js';
import { binary, binaryNodes } from './elementwise.js';

/** Arithmetic on two operands, and sums of many. */
export const arithmetic: readonly Kernel[] = [
  binary('Add', 'Add'),
  binary('Sub', 'Sub'),
  binary('Multiply', 'Mul'),
  binary('Maximum', 'Max'),
  binary('Minimum', 'Min'),
  binary('Pow', 'Pow'),
  binary('BitwiseAnd', 'BitwiseAnd'),
  binaryNodes('SquaredDifference', (graph, a, b) => {
    const difference = graph.node('Sub', [a, b]);
    return graph.node('Mul', [difference, difference]);
  }),
  binaryNodes('Atan2', atan2Nodes, {
    computedIn: 'float32',
    result: 'float32',
  }),
  {
    name: 'AddN',
    infer: ([first]) => [first as Spec],
    lower: ({ graph }, names) => [names.reduce((sum, name) => graph.node('Add', [sum, name]))],
  },
];

/** The angle of the point (x, y): the arc tangent of y / x, half a turn further where x is negative. */
function atan2Nodes(graph: OnnxGraph, y: string, x: string): string {
  const zero = graph.floats(0);
  const halfTurn = graph.node('Where', [graph.node('Less', [y, zero]), graph.floats(-Math.PI), graph.floats(Math.PI)]);
  const behind = graph.node('Where', [graph.node('Less', [x, zero]), halfTurn, zero]);
  const angle = graph.node('Add', [graph.node('Atan', [graph.node('Div', [y, x])]), behind]);
  const isOnAxis = graph.node('Equal', [x, zero]);
  const quarter = graph.node('Mul', [graph.node('Sign', [y]), graph.floats(Math.PI / 2)]);
  return graph.node('Where', [isOnAxis, quarter, angle]);
}
