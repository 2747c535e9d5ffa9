import type { Kernel } from '../graph/kernel.js';
import type { ElementType, Spec } from '../graph/spec.js';
import { cast, scalar } from './types.js';

/** Numbers made from other numbers: types, one-hot rows. */
export const creation: readonly Kernel[] = [
  {
    name: 'Cast',
    inputs: ['x'],
    infer: ([x], { dtype }) =>
      dtype === 'float32' || dtype === 'int32' || dtype === 'bool' ? [{ shape: (x as Spec).shape, dtype }] : undefined,
    lower: ({ graph, inputs, outputs }, [x]) => [
      cast(graph, x as string, (inputs[0] as Spec).dtype, (outputs[0] as Spec).dtype),
    ],
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
      return [graph.node('Where', [hit, scalar(graph, onValue ?? 1, dtype), scalar(graph, offValue ?? 0, dtype)])];
    },
  },
];
