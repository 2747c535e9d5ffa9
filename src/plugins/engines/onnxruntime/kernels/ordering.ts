import type { OnnxGraph } from '../emit/onnx-graph.js';
import type { Kernel } from '../graph/kernel.js';
import type { Spec } from '../graph/spec.js';
import { axisOf } from './shapes.js';
import { cast } from './casting.js';

/** Where the extremes stand, the largest numbers in order, and sums from one end. */
export const ordering: readonly Kernel[] = [
  argExtreme('ArgMax', -Infinity),
  argExtreme('ArgMin', Infinity),
  {
    name: 'TopK',
    inputs: ['x'],
    infer: ([x], { k }) => {
      const { shape, dtype } = x as Spec;
      const kept = [...shape.slice(0, -1), k as number];
      return dtype === 'bool'
        ? undefined
        : [
            { shape: kept, dtype },
            { shape: kept, dtype: 'int32' },
          ];
    },
    lower: ({ graph, attributes }, [x]) => {
      const [values, indices] = graph.nodeOf(
        'TopK',
        [x as string, graph.shape([attributes['k'] as number])],
        {},
        { outputs: 2 },
      );
      return [values as string, cast(graph, indices as string, 'int64', 'int32')];
    },
  },
  {
    name: 'Cumsum',
    inputs: ['x'],
    infer: ([x]) => [
      {
        shape: (x as Spec).shape,
        dtype: (x as Spec).dtype === 'float32' ? 'float32' : 'int32',
      },
    ],
    lower: ({ graph, inputs, outputs, attributes }, [x]) => {
      const [from, to] = [inputs[0] as Spec, outputs[0] as Spec];
      if (from.shape.length === 0) return [cast(graph, x as string, from.dtype, to.dtype)];
      const [exclusive, reverse] = [Number(attributes['exclusive'] === true), Number(attributes['reverse'] === true)];
      const axis = graph.ints(axisOf(attributes['axis'] as number, from.shape.length));
      return [graph.node('CumSum', [cast(graph, x as string, from.dtype, to.dtype), axis], { exclusive, reverse })];
    },
  },
];

function argExtreme(name: string, worst: number): Kernel {
  return {
    name,
    inputs: ['x'],
    infer: ([x], { axis }) => {
      const { shape } = x as Spec;
      const at = axisOf(firstOf(axis), shape.length);
      return [
        {
          shape: shape.toSpliced(at, shape.length === 0 ? 0 : 1),
          dtype: 'int32',
        },
      ];
    },
    lower: ({ graph, inputs, attributes }, [x]) => {
      const { shape, dtype } = inputs[0] as Spec;
      if (shape.length === 0) return [graph.ints(0)];
      const numbers =
        dtype === 'float32' ? withoutNaN(graph, x as string, worst) : cast(graph, x as string, dtype, 'int32');
      const axis = axisOf(firstOf(attributes['axis']), shape.length);
      return [cast(graph, graph.node(name, [numbers], { axis, keepdims: 0 }), 'int64', 'int32')];
    },
  };
}

function firstOf(axis: unknown): number {
  return (Array.isArray(axis) ? (axis[0] as number) : (axis as number)) ?? 0;
}

function withoutNaN(graph: OnnxGraph, x: string, instead: number): string {
  return graph.node('Where', [graph.node('IsNaN', [x]), graph.floats(instead), x]);
}
