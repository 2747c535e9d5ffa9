import { expect, it } from 'vitest';
import { livePart } from '../../../../../src/plugins/engines/onnxruntime/emit/live-nodes.js';
import { OnnxGraph } from '../../../../../src/plugins/engines/onnxruntime/emit/onnx-graph.js';
import { fuseSilu } from '../../../../../src/plugins/engines/onnxruntime/passes/fuse-silu.js';

/** Operators of a graph of x and sigmoid(x) after the pass. */
function operators(build: (graph: OnnxGraph, x: string, sigmoid: string) => readonly string[]): readonly string[] {
  const graph = new OnnxGraph();
  const x = graph.input('float32', [4]);
  for (const result of build(graph, x, graph.node('Sigmoid', [x]))) graph.output(result, 'float32', [4]);
  fuseSilu(graph);
  return livePart(graph).nodes.map(({ op }) => op);
}

it.each([[0], [1]])('fuses a product whose factor %i is the sigmoid of the other', (place) => {
  const made = operators((graph, x, sigmoid) => [graph.node('Mul', place === 0 ? [sigmoid, x] : [x, sigmoid])]);
  expect(made).toEqual(['QuickGelu']);
});

it.each<[string, Parameters<typeof operators>[0]]>([
  ['something else reads', (graph, x, sigmoid) => [graph.node('Mul', [x, sigmoid]), graph.node('Sub', [x, sigmoid])]],
  ['is a result', (graph, x, sigmoid) => [graph.node('Mul', [x, sigmoid]), sigmoid]],
  ['multiplies another', (graph, x, sigmoid) => [graph.node('Mul', [graph.node('Neg', [x]), sigmoid])]],
  ['multiplies itself', (graph, _x, sigmoid) => [graph.node('Mul', [sigmoid, sigmoid])]],
])('leaves a sigmoid that %s', (_case, build) => {
  expect(operators(build)).toContain('Sigmoid');
});
