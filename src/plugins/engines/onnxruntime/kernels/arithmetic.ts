import type { Kernel } from '../graph/kernel.js';
import type { Spec } from '../graph/spec.js';
import { binary, binaryNodes } from './elementwise.js';

/** Arithmetic on two operands, and sums of many. */
export const arithmetic: readonly Kernel[] = [
  binary('Add', 'Add'),
  binary('Sub', 'Sub'),
  binary('Multiply', 'Mul'),
  binary('Maximum', 'Max'),
  binary('Minimum', 'Min'),
  binary('Pow', 'Pow'),
  binary('BitwiseAnd', 'BitwiseAnd'),
  binaryNodes('SquaredDifference', (graph, a, b) => {
    const difference = graph.node('Sub', [a, b]);
    return graph.node('Mul', [difference, difference]);
  }),
  {
    name: 'AddN',
    infer: ([first]) => [first as Spec],
    lower: ({ graph }, names) => [names.reduce((sum, name) => graph.node('Add', [sum, name]))],
  },
];
