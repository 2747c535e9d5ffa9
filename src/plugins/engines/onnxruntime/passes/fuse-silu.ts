import { livePart } from '../emit/live-nodes.js';
import { float, type OnnxGraph, type OnnxNode } from '../emit/onnx-graph.js';

/**
 * Makes `x * sigmoid(x)` one pass over x, whoever wrote it, where nothing else reads the sigmoid: a backward pass would, and
 * then keeping it is cheaper than computing it twice. ONNX Runtime's own optimiser does so too, but blocked graphs go
 * without it.
 */
export function fuseSilu(graph: OnnxGraph): void {
  const { nodes } = livePart(graph);
  const readers = new Map<string, number>();
  const read = (name: string): void => void readers.set(name, (readers.get(name) ?? 0) + 1);
  for (const { inputs } of nodes) inputs.forEach(read);
  for (const { name } of graph.outputs) read(name);
  const sigmoids = new Map(
    nodes.filter(({ op, outputs }) => op === 'Sigmoid' && readers.get(outputs[0] ?? '') === 1).map(sigmoidOf),
  );
  graph.nodes.forEach((node, index) => {
    const [a = '', b = ''] = node.inputs;
    if (node.op !== 'Mul') return;
    const x = sigmoids.get(b) === a ? a : sigmoids.get(a) === b ? b : undefined;
    if (x !== undefined) graph.nodes[index] = silu(x, node);
  });
}

const sigmoidOf = ({ inputs, outputs }: OnnxNode): [sigmoid: string, x: string] => [
  outputs[0] as string,
  inputs[0] as string,
];

const silu = (x: string, { outputs }: OnnxNode): OnnxNode => ({
  op: 'QuickGelu',
  domain: 'com.microsoft',
  inputs: [x],
  outputs,
  attributes: { alpha: float(1) },
});
