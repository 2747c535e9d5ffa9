import type { OnnxGraph } from '../emit/onnx-graph.js';
import type { Kernel, KernelAttributes } from '../graph/kernel.js';
import type { ElementType } from '../graph/spec.js';
import { unary, unaryNodes } from './elementwise.js';

const floating = { computedIn: 'float32', result: 'float32' } as const;

/** Functions of one number. */
export const unaryKernels: readonly Kernel[] = [
  unary('Abs', 'Abs'),
  unary('Neg', 'Neg'),
  unaryNodes('Sign', signNodes),
  unaryNodes('Ceil', rounding('Ceil')),
  unaryNodes('Floor', rounding('Floor')),
  unaryNodes('Round', rounding('Round')),
  unary('Sqrt', 'Sqrt', floating),
  unary('Reciprocal', 'Reciprocal', floating),
  unary('Exp', 'Exp', floating),
  unary('Log', 'Log', floating),
  unary('Sin', 'Sin', floating),
  unary('Cos', 'Cos', floating),
  unary('Tan', 'Tan', floating),
  unary('Asin', 'Asin', floating),
  unary('Acos', 'Acos', floating),
  unary('Atan', 'Atan', floating),
  unary('Sinh', 'Sinh', floating),
  unary('Cosh', 'Cosh', floating),
  unary('Tanh', 'Tanh', floating),
  unary('Asinh', 'Asinh', floating),
  unary('Acosh', 'Acosh', floating),
  unary('Atanh', 'Atanh', floating),
  unary('Erf', 'Erf', floating),
  unaryNodes('Square', (graph, x) => graph.node('Mul', [x, x])),
  unaryNodes('Rsqrt', (graph, x) => graph.node('Reciprocal', [graph.node('Sqrt', [x])]), floating),
  unaryNodes('Expm1', expm1Nodes, floating),
  unaryNodes('Log1p', log1pNodes, floating),
];

/** To a whole number, which those of other types are. */
function rounding(op: string) {
  return (graph: OnnxGraph, x: string, _: KernelAttributes, dtype: ElementType): string =>
    dtype === 'float32' ? graph.node(op, [x]) : x;
}

/** 1, 0 or -1; 0 of NaN. */
function signNodes(graph: OnnxGraph, x: string, _: KernelAttributes, dtype: ElementType): string {
  if (dtype !== 'float32') return graph.node('Sign', [x]);
  return graph.node('Where', [graph.node('IsNaN', [x]), graph.floats(0), graph.node('Sign', [x])]);
}

/** tanh(x / 2) (exp(x) + 1), which keeps its digits near 0 where exp(x) - 1 loses them. */
function expm1Nodes(graph: OnnxGraph, x: string): string {
  const half = graph.node('Tanh', [graph.node('Mul', [x, graph.floats(0.5)])]);
  return graph.node('Mul', [half, graph.node('Add', [graph.node('Exp', [x]), graph.floats(1)])]);
}

/** With u = 1 + x in floats, log(u) x / (u - 1) undoes the rounding of u (Kahan); x itself where u is 1. */
function log1pNodes(graph: OnnxGraph, x: string): string {
  const one = graph.floats(1);
  const u = graph.node('Add', [x, one]);
  const log = graph.node('Log', [u]);
  const corrected = graph.node('Mul', [log, graph.node('Div', [x, graph.node('Sub', [u, one])])]);
  const small = graph.node('Where', [graph.node('Equal', [u, one]), x, corrected]);
  return graph.node('Where', [graph.node('Less', [x, graph.floats(1e4)]), small, log]);
}
