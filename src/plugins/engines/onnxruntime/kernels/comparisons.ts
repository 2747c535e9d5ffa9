import type { OnnxGraph } from '../emit/onnx-graph.js';
import type { Kernel } from '../graph/kernel.js';
import type { ElementType, Spec } from '../graph/spec.js';
import { unary } from './elementwise.js';
import { broadcastShape, widerType } from './shapes.js';
import { cast, chosen } from './casting.js';

/** Questions about numbers, answered by true and false, and the choice between two numbers. */
export const comparisons: readonly Kernel[] = [
  comparison('Equal', (graph, a, b) => graph.node('Equal', [a, b])),
  comparison('NotEqual', (graph, a, b) => graph.node('Not', [graph.node('Equal', [a, b])])),
  comparison('Greater', (graph, a, b) => graph.node('Greater', [a, b])),
  comparison('GreaterEqual', (graph, a, b) => graph.node('GreaterOrEqual', [a, b])),
  comparison('Less', (graph, a, b) => graph.node('Less', [a, b])),
  comparison('LessEqual', (graph, a, b) => graph.node('LessOrEqual', [a, b])),
  logical('LogicalAnd', 'And'),
  logical('LogicalOr', 'Or'),
  unary('LogicalNot', 'Not', { computedIn: 'bool', result: 'bool' }),
  unary('IsNan', 'IsNaN', { computedIn: 'float32', result: 'bool' }),
  unary('IsInf', 'IsInf', { computedIn: 'float32', result: 'bool' }),
  {
    name: 'IsFinite',
    inputs: ['x'],
    infer: ([x]) => [{ shape: (x as Spec).shape, dtype: 'bool' }],
    lower: ({ graph, inputs }, [x]) => {
      const floats = cast(graph, x as string, (inputs[0] as Spec).dtype, 'float32');
      return [graph.node('Not', [graph.node('Or', [graph.node('IsNaN', [floats]), graph.node('IsInf', [floats])])])];
    },
  },
  {
    name: 'Select',
    inputs: ['condition', 't', 'e'],
    infer: ([, t, e]) => [
      {
        shape: (t as Spec).shape,
        dtype: widerType((t as Spec).dtype, (e as Spec).dtype),
      },
    ],
    lower: ({ graph, inputs, outputs }, [condition, t, e]) => {
      const [asked, yes, no] = inputs as readonly [Spec, Spec, Spec];
      const { shape, dtype } = outputs[0] as Spec;
      // One answer a row, where the condition is a list and the choices are not.
      const isRows = asked.shape.length === 1 && shape.length > 1;
      const rows = isRows
        ? graph.reshape(condition as string, [asked.shape[0] ?? 1, ...shape.slice(1).map(() => 1)])
        : (condition as string);
      const answers = cast(graph, rows, asked.dtype, 'bool');
      return [
        chosen(
          graph,
          answers,
          cast(graph, t as string, yes.dtype, dtype),
          cast(graph, e as string, no.dtype, dtype),
          dtype,
        ),
      ];
    },
  },
];

function comparison(name: string, nodes: (graph: OnnxGraph, a: string, b: string) => string): Kernel {
  return answering(name, nodes, (a, b) => {
    const wider = widerType(a, b);
    return wider === 'bool' ? 'int32' : wider;
  });
}

function logical(name: string, op: string): Kernel {
  return answering(
    name,
    (graph, a, b) => graph.node(op, [a, b]),
    () => 'bool',
  );
}

function answering(
  name: string,
  nodes: (graph: OnnxGraph, a: string, b: string) => string,
  computedIn: (a: ElementType, b: ElementType) => ElementType,
): Kernel {
  return {
    name,
    inputs: ['a', 'b'],
    infer: ([a, b]) => [
      {
        shape: broadcastShape((a as Spec).shape, (b as Spec).shape),
        dtype: 'bool',
      },
    ],
    lower: ({ graph, inputs }, names) => {
      const [a, b] = inputs as readonly [Spec, Spec];
      const computed = computedIn(a.dtype, b.dtype);
      const left = cast(graph, names[0] as string, a.dtype, computed);
      return [nodes(graph, left, cast(graph, names[1] as string, b.dtype, computed))];
    },
  };
}
