import type { OnnxGraph } from '../emit/onnx-graph.js';
import type { GraphPart } from '../graph/graph-part.js';
import type { RecordedNode } from '../graph/value.js';
import type { ResidentLayout, Value } from '../graph/value.js';
import { graphFor } from '../blocked/channels-first-graph.js';
import { BLOCKED_KERNELS } from '../blocked/every-blocked-kernel.js';
import { Representations } from '../blocked/representations.js';
import { fuseSilu } from './fuse-silu.js';

/** How a part is made into a model. */
export interface LoweringSettings {
  /** Channels of a block; 0 where blocked graphs are not used. */
  readonly block: number;
  /** Leaves whose numbers become part of the model. All others are inputs. */
  readonly isConstant: (leaf: Value) => boolean;
  /** How the numbers of a leaf lie when the model runs. */
  readonly layoutOf: (leaf: Value) => ResidentLayout;
}

/** A result of a model and how its numbers lie. */
interface LoweredResult {
  readonly value: Value;
  readonly layout: ResidentLayout;
}

/** A model that computes a part. */
export interface LoweredPart {
  readonly graph: OnnxGraph;
  /** Leaves in the order of the graph's inputs. */
  readonly feeds: readonly Value[];
  /** In the order of the graph's outputs. */
  readonly results: readonly LoweredResult[];
}

/** Lowers a part node by node, each in the blocked order where its inputs are, row by row where not. */
export function lowered(part: GraphPart, settings: LoweringSettings): LoweredPart {
  const graph = graphFor(settings.block);
  const values = new Representations(graph, settings.block);
  const feeds = part.leaves.filter((leaf) => !declared(leaf, graph, values, settings));
  for (const node of part.nodes) {
    if (settings.block > 0 && BLOCKED_KERNELS.get(node.kernel.name)?.(node, values) === true) continue;
    lowerPlainly(node, values);
  }
  const results = part.results.map((value) => {
    const layout = values.has(value, 'filter') && !values.has(value, 'plain') ? 'filter' : 'plain';
    graph.output(values.as(value, layout), value.dtype, layout === 'plain' ? value.shape : values.filterDims(value));
    return { value, layout } as const;
  });
  fuseSilu(graph);
  return { graph, feeds, results };
}

/** Makes a leaf a constant or an input; true where it became a constant. */
function declared(leaf: Value, graph: OnnxGraph, values: Representations, settings: LoweringSettings): boolean {
  if (settings.isConstant(leaf) && leaf.state.kind === 'host') {
    values.set(leaf, 'plain', graph.constant(leaf.dtype, leaf.shape, leaf.state.data));
    return true;
  }
  const layout = settings.layoutOf(leaf);
  const dims = layout === 'plain' ? leaf.shape : values.filterDims(leaf);
  values.set(leaf, layout, graph.input(leaf.dtype, dims));
  return false;
}

function lowerPlainly({ kernel, attributes, inputs, outputs }: RecordedNode, values: Representations): void {
  const names = inputs.map((input) => values.as(input, 'plain'));
  const made = kernel.lower({ inputs, outputs, attributes, graph: values.graph }, names);
  outputs.forEach((output, index) => values.set(output, 'plain', made[index] as string));
}
