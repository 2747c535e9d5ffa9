import type { OnnxGraph } from '../emit/onnx-graph.js';
import type { KernelCall, Kernel } from '../graph/kernel.js';
import type { ElementType, Spec } from '../graph/spec.js';
import { positiveAxes } from './shapes.js';
import { cast } from './casting.js';

/** Reductions over axes. */
export const reductions: readonly Kernel[] = [
  reduction('Sum', 'ReduceSum', (dtype) => (dtype === 'bool' ? 'int32' : dtype)),
  reduction('Mean', 'ReduceMean', () => 'float32'),
  reduction('Max', 'ReduceMax', (dtype) => dtype),
  reduction('Min', 'ReduceMin', (dtype) => dtype),
  reduction('Prod', 'ReduceProd', (dtype) => (dtype === 'bool' ? 'int32' : dtype)),
  reduction('All', 'ReduceMin', () => 'bool'),
  reduction('Any', 'ReduceMax', () => 'bool'),
];

/** The axes that a call reduces, counted from the front; all where none are said. */
export function reducedAxes({ inputs, attributes }: Pick<KernelCall, 'inputs' | 'attributes'>): readonly number[] {
  const { shape } = inputs[0] as Spec;
  // One of tfjs's kernels has another name for it.
  const axis = attributes['axis'] ?? attributes['reductionIndices'];
  if (axis === undefined || axis === null) return shape.map((_, index) => index);
  return positiveAxes(typeof axis === 'number' ? [axis] : (axis as readonly number[]), shape.length);
}

function reduction(name: string, op: string, typeOf: (dtype: ElementType) => ElementType): Kernel {
  return {
    name,
    inputs: ['x'],
    infer: (inputs, attributes) => {
      const { shape, dtype } = inputs[0] as Spec;
      const axes = reducedAxes({ inputs, attributes });
      const kept = attributes['keepDims'] === true;
      const result = shape.flatMap((side, axis) => (axes.includes(axis) ? (kept ? [1] : []) : [side]));
      return [{ shape: result, dtype: typeOf(dtype) }];
    },
    lower: (call, [x]) => {
      const { graph, inputs, outputs } = call;
      const [from, to] = [inputs[0] as Spec, outputs[0] as Spec];
      const axes = reducedAxes(call);
      // ONNX Runtime has no reductions of bools.
      const computed = to.dtype === 'bool' ? 'int32' : to.dtype;
      const typed = cast(graph, x as string, from.dtype, computed);
      if (axes.length === 0) return [cast(graph, typed, computed, to.dtype)];
      const reduce = (of: string, by: string): string => graph.node(by, [of, graph.shape(axes)], { keepdims: 0 });
      const reduced = reduce(typed, op);
      const result = isExtreme(op) && computed === 'float32' ? orNaN(graph, reduced, typed, reduce) : reduced;
      return [graph.reshape(cast(graph, result, computed, to.dtype), to.shape)];
    },
  };
}

const isExtreme = (op: string): boolean => op === 'ReduceMax' || op === 'ReduceMin';

/** The extreme of numbers with a NaN among them is NaN, which ONNX Runtime passes over. */
function orNaN(graph: OnnxGraph, extreme: string, x: string, reduce: (of: string, by: string) => string): string {
  const count = reduce(cast(graph, graph.node('IsNaN', [x]), 'bool', 'int32'), 'ReduceMax');
  return graph.node('Where', [cast(graph, count, 'int32', 'bool'), graph.floats(NaN), extreme]);
}
