import { siluGradKernel, siluKernel } from '../../../../core/kernels/silu.js';
import type { OnnxGraph } from '../emit/onnx-graph.js';
import type { Kernel } from '../graph/kernel.js';
import type { Spec } from '../graph/spec.js';

/** x * sigmoid(x), elementwise: it does not ask in which order the numbers lie. */
function siluNodes(graph: OnnxGraph, x: string): string {
  return graph.node('Mul', [x, graph.node('Sigmoid', [x])]);
}

/** dy * ((x - a) * s + s) with s = sigmoid(x) and a = x * s, which the forward pass has. */
function siluGradNodes(graph: OnnxGraph, x: string, dy: string): string {
  const sigmoid = graph.node('Sigmoid', [x]);
  const rest = graph.node('Sub', [x, siluNodes(graph, x)]);
  return graph.node('Mul', [dy, graph.node('Add', [graph.node('Mul', [rest, sigmoid]), sigmoid])]);
}

/** SiLU and its gradient. */
export const siluKernels: readonly Kernel[] = [
  {
    name: siluKernel.name,
    inputs: ['x'],
    infer: ([x]) => [x as Spec],
    lower: ({ graph }, [x]) => [siluNodes(graph, x as string)],
  },
  {
    name: siluGradKernel.name,
    inputs: ['x', 'dy'],
    infer: ([x]) => [x as Spec],
    lower: ({ graph }, [x, dy]) => [siluGradNodes(graph, x as string, dy as string)],
  },
];
