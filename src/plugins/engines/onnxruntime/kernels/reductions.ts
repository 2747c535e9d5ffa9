import type { KernelCall, Kernel } from '../graph/kernel.js';
import type { ElementType, Spec } from '../graph/spec.js';
import { positiveAxes } from './shapes.js';
import { cast } from './types.js';

/** Reductions over axes. */
export const reductions: readonly Kernel[] = [
  reduction('Sum', 'ReduceSum', (dtype) => (dtype === 'bool' ? 'int32' : dtype)),
  reduction('Mean', 'ReduceMean', () => 'float32'),
  reduction('Max', 'ReduceMax', (dtype) => dtype),
  reduction('Min', 'ReduceMin', (dtype) => dtype),
  reduction('Prod', 'ReduceProd', (dtype) => (dtype === 'bool' ? 'int32' : dtype)),
];

/** The axes that a call reduces, counted from the front; all where none are said. */
export function reducedAxes({ inputs, attributes }: Pick<KernelCall, 'inputs' | 'attributes'>): readonly number[] {
  const { shape } = inputs[0] as Spec;
  const { axis } = attributes;
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
      const typed = cast(graph, x as string, from.dtype, to.dtype);
      if (axes.length === 0) return [typed];
      const reduced = graph.node(op, [typed, graph.shape(axes)], { keepdims: 0 });
      return [graph.reshape(reduced, to.shape)];
    },
  };
}
