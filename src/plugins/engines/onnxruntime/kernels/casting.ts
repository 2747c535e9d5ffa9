import type { OnnxGraph } from '../emit/onnx-graph.js';
import type { ElementType } from '../graph/spec.js';

/** TensorProto.DataType, as `Cast` wants it. */
export const ONNX_TYPES = { float32: 1, int32: 6, int64: 7, bool: 9, float64: 11 } as const;

/** The same numbers in another type; nothing where they have it already. */
export function cast(graph: OnnxGraph, x: string, from: keyof typeof ONNX_TYPES, to: keyof typeof ONNX_TYPES): string {
  return from === to ? x : graph.node('Cast', [x], { to: ONNX_TYPES[to] });
}

/** One of two numbers of a type for each answer. ONNX Runtime chooses between no bools. */
export function chosen(graph: OnnxGraph, answers: string, yes: string, no: string, dtype: ElementType): string {
  const computed = dtype === 'bool' ? 'int32' : dtype;
  const choices = [yes, no].map((each) => cast(graph, each, dtype, computed));
  return cast(graph, graph.node('Where', [answers, ...choices]), computed, dtype);
}

/** A scalar constant of an element type. */
export function scalar(graph: OnnxGraph, value: number, dtype: ElementType): string {
  if (dtype === 'float32') return graph.floats(value);
  if (dtype === 'int32') return graph.ints(value);
  return graph.constant('bool', [], Uint8Array.from([value === 0 ? 0 : 1]));
}
