import type { OnnxGraph } from './onnx-graph.js';

/** Most pieces of one `Split`: a device of WebGPU need not let a shader bind more than eight buffers. */
const MOST_PIECES = 7;

/** Cuts a value along an axis into pieces of these sizes. */
export function split(graph: OnnxGraph, x: string, sizes: readonly number[], axis: number): readonly string[] {
  if (sizes.length <= MOST_PIECES)
    return graph.nodeOf('Split', [x, graph.shape(sizes)], { axis }, { outputs: sizes.length });
  let end = 0;
  return sizes.map((size) => {
    const start = end;
    end += size;
    return graph.node('Slice', [x, graph.shape([start]), graph.shape([end]), graph.shape([axis])]);
  });
}
