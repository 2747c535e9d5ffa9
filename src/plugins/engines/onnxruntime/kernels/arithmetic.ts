import type { Kernel } from '../graph/kernel.js';
import type { Spec } from '../graph/spec.js';
import { binary } from './elementwise.js';

/** Arithmetic on two operands, and sums of many. */
export const arithmetic: readonly Kernel[] = [
  binary('Add', 'Add'),
  binary('Sub', 'Sub'),
  binary('Multiply', 'Mul'),
  binary('RealDiv', 'Div', { computedIn: 'float32', result: 'float32' }),
  binary('Maximum', 'Max'),
  binary('Minimum', 'Min'),
  binary('Pow', 'Pow'),
  {
    name: 'AddN',
    infer: ([first]) => [first as Spec],
    lower: ({ graph }, names) => [names.reduce((sum, name) => graph.node('Add', [sum, name]))],
  },
];
