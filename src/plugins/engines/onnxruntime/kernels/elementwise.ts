import type { OnnxGraph } from '../emit/onnx-graph.js';
import type { Kernel, KernelAttributes } from '../graph/kernel.js';
import { sizeOf, type ElementType, type Spec } from '../graph/spec.js';
import { broadcastShape } from './shapes.js';
import { cast } from './casting.js';

/** Element types that an operation takes, and what it gives. */
interface ElementwiseTypes {
  /** Operands are computed in this type; by default in that of the first one. */
  readonly computedIn?: ElementType;
  /** Type of the result; by default that of the first operand. */
  readonly result?: ElementType;
}

/** ONNX nodes of a function of one number; `dtype` is the type that it is computed in. */
type UnaryNodes = (graph: OnnxGraph, x: string, attributes: KernelAttributes, dtype: ElementType) => string;

/** ONNX nodes of a function of two numbers; `dtype` is the type that it is computed in. */
type BinaryNodes = (graph: OnnxGraph, a: string, b: string, dtype: ElementType) => string;

/** A kernel that is a function of each element, in a few ONNX operators. */
export function unaryNodes(name: string, nodes: UnaryNodes, types: ElementwiseTypes = {}): Kernel {
  return {
    name,
    inputs: ['x'],
    infer: ([x]) => [
      {
        shape: (x as Spec).shape,
        dtype: types.result ?? types.computedIn ?? (x as Spec).dtype,
      },
    ],
    lower: ({ graph, inputs, outputs, attributes }, [x]) => {
      const [from, to] = [inputs[0] as Spec, outputs[0] as Spec];
      const computed = types.computedIn ?? from.dtype;
      const y = nodes(graph, cast(graph, x as string, from.dtype, computed), attributes, computed);
      return [types.result === undefined ? cast(graph, y, computed, to.dtype) : y];
    },
  };
}

/** A kernel that is one ONNX operator on each element. */
export function unary(name: string, op: string, types: ElementwiseTypes = {}): Kernel {
  return unaryNodes(name, (graph, x) => graph.node(op, [x]), types);
}

/** A kernel that is a function of two operands stretched to each other, in a few ONNX operators. */
export function binaryNodes(name: string, nodes: BinaryNodes, types: ElementwiseTypes = {}): Kernel {
  return {
    name,
    inputs: ['a', 'b'],
    infer: ([a, b]) => [
      {
        shape: broadcastShape((a as Spec).shape, (b as Spec).shape),
        dtype: types.result ?? (a as Spec).dtype,
      },
    ],
    lower: ({ graph, inputs, outputs }, names) => {
      const [a, b] = inputs as readonly [Spec, Spec];
      const { shape } = outputs[0] as Spec;
      const computed = types.computedIn ?? a.dtype;
      const computedOn = ([x, y]: readonly string[]): string =>
        nodes(
          graph,
          cast(graph, x as string, a.dtype, computed),
          cast(graph, y as string, b.dtype, computed),
          computed,
        );
      return [withScalars(graph, names, [a, b].map(isScalar), shape, computedOn)];
    },
  };
}

/** A kernel that is one ONNX operator on two operands stretched to each other. */
export function binary(name: string, op: string, types: ElementwiseTypes = {}): Kernel {
  return binaryNodes(name, (graph, a, b) => graph.node(op, [a, b]), types);
}

const isScalar = ({ shape }: Spec): boolean => sizeOf(shape) === 1;

/**
 * Elementwise nodes on operands of one shape and on single numbers. ONNX Runtime spreads a number over runs of the last
 * sides, and takes sides of one (a grey image, a window of one pixel) for runs of one element: twenty times slower than
 * over one flat row, which is what the nodes get then.
 */
function withScalars(
  graph: OnnxGraph,
  names: readonly string[],
  scalars: readonly boolean[],
  shape: readonly number[],
  nodes: (names: readonly string[]) => string,
): string {
  const size = sizeOf(shape);
  const isSlow = shape.at(-1) === 1 && size > 1 && scalars.some(Boolean);
  if (!isSlow) return nodes(names);
  const flat = names.map((name, index) => graph.reshape(name, scalars[index] ? [] : [size]));
  return graph.reshape(nodes(flat), shape);
}
