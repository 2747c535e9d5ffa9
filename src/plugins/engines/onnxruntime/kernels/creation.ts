import type { OnnxGraph } from '../emit/onnx-graph.js';
import type { Kernel } from '../graph/kernel.js';
import type { ElementType, Spec } from '../graph/spec.js';
import { cast, chosen, scalar } from './casting.js';

/** Numbers made from other numbers: types, one-hot rows. */
export const creation: readonly Kernel[] = [
  {
    name: 'Cast',
    inputs: ['x'],
    infer: ([x], { dtype }) =>
      dtype === 'float32' || dtype === 'int32' || dtype === 'bool' ? [{ shape: (x as Spec).shape, dtype }] : undefined,
    lower: ({ graph, inputs, outputs }, [x]) => {
      const [from, to] = [(inputs[0] as Spec).dtype, (outputs[0] as Spec).dtype];
      const isRisky = from === 'float32' && to === 'int32';
      return [cast(graph, isRisky ? finiteNodes(graph, x as string) : (x as string), from, to)];
    },
  },
  {
    name: 'OneHot',
    inputs: ['indices'],
    infer: ([indices], { depth, dtype }) => [
      { shape: [...(indices as Spec).shape, depth as number], dtype: (dtype as ElementType | undefined) ?? 'int32' },
    ],
    lower: ({ graph, inputs, outputs, attributes }, [indices]) => {
      const { depth, onValue, offValue } = attributes as Readonly<Record<string, number>>;
      const { shape } = inputs[0] as Spec;
      const { dtype } = outputs[0] as Spec;
      // Compared with the numbers of the classes, so that an index outside gives a row of `offValue`.
      const classes = graph.ints(Int32Array.from({ length: depth ?? 0 }, (_, index) => index));
      const hit = graph.node('Equal', [graph.reshape(indices as string, [...shape, 1]), classes]);
      return [chosen(graph, hit, scalar(graph, onValue ?? 1, dtype), scalar(graph, offValue ?? 0, dtype), dtype)];
    },
  },
];

/** 0 for NaN and infinities, as JavaScript makes whole numbers of them. */
function finiteNodes(graph: OnnxGraph, x: string): string {
  const isFinite = graph.node('Less', [graph.node('Abs', [x]), graph.floats(Infinity)]);
  return graph.node('Where', [isFinite, x, graph.floats(0)]);
}
