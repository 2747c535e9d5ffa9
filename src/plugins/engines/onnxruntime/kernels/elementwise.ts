import type { Kernel } from '../graph/kernel.js';
import type { ElementType, Spec } from '../graph/spec.js';
import { broadcastShape } from './shapes.js';
import { cast } from './types.js';

/** Element types that an operation takes, and what it gives. */
interface ElementwiseTypes {
  /** Operands are computed in this type; by default in that of the first one. */
  readonly computedIn?: ElementType;
  /** Type of the result; by default that of the first operand. */
  readonly result?: ElementType;
}

/** A kernel that is one ONNX operator on each element. */
export function unary(name: string, op: string, types: ElementwiseTypes = {}): Kernel {
  return {
    name,
    inputs: ['x'],
    infer: ([x]) => [{ shape: (x as Spec).shape, dtype: types.result ?? types.computedIn ?? (x as Spec).dtype }],
    lower: ({ graph, inputs, outputs }, [x]) => {
      const [from, to] = [inputs[0] as Spec, outputs[0] as Spec];
      const computed = types.computedIn ?? from.dtype;
      return [graph.node(op, [cast(graph, x as string, from.dtype, computed)])].map((y) =>
        types.result === undefined ? cast(graph, y, computed, to.dtype) : y,
      );
    },
  };
}

/** A kernel that is one ONNX operator on two operands stretched to each other. */
export function binary(name: string, op: string, types: ElementwiseTypes = {}): Kernel {
  return {
    name,
    inputs: ['a', 'b'],
    infer: ([a, b]) => [
      {
        shape: broadcastShape((a as Spec).shape, (b as Spec).shape),
        dtype: types.result ?? (a as Spec).dtype,
      },
    ],
    lower: ({ graph, inputs }, names) => {
      const [a, b] = inputs as readonly [Spec, Spec];
      const computed = types.computedIn ?? a.dtype;
      return [
        graph.node(op, [
          cast(graph, names[0] as string, a.dtype, computed),
          cast(graph, names[1] as string, b.dtype, computed),
        ]),
      ];
    },
  };
}
