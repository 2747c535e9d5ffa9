import type { OnnxConstant, OnnxGraph, OnnxNode } from './onnx-graph.js';

/** What of a graph its outputs depend on. */
export interface LivePart {
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly OnnxConstant[];
}

/** Leaves out nodes and constants that no output needs: lowerings may make more than is used. */
export function livePart(graph: OnnxGraph): LivePart {
  const needed = new Set(graph.outputs.map(({ name }) => name));
  const nodes: OnnxNode[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((output) => needed.has(output))) continue;
    nodes.push(node);
    for (const input of node.inputs) needed.add(input);
  }
  return { nodes: nodes.toReversed(), constants: graph.constants.filter(({ name }) => needed.has(name)) };
}
