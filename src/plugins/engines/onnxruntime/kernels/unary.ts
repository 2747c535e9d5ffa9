import type { Kernel } from '../graph/kernel.js';
import { unary } from './elementwise.js';

const floating = { computedIn: 'float32', result: 'float32' } as const;

/** Functions of one number. */
export const unaryKernels: readonly Kernel[] = [
  unary('Abs', 'Abs'),
  unary('Neg', 'Neg'),
  unary('Sqrt', 'Sqrt', floating),
  unary('Exp', 'Exp', floating),
  unary('Log', 'Log', floating),
  unary('Sin', 'Sin', floating),
  unary('Cos', 'Cos', floating),
  unary('Tanh', 'Tanh', floating),
  unary('Erf', 'Erf', floating),
  unary('Sigmoid', 'Sigmoid', floating),
  unary('Softplus', 'Softplus', floating),
  unary('Relu', 'Relu'),
  {
    name: 'Square',
    inputs: ['x'],
    infer: ([x]) => [x as NonNullable<typeof x>],
    lower: ({ graph }, [x]) => [graph.node('Mul', [x as string, x as string])],
  },
  {
    name: 'Rsqrt',
    inputs: ['x'],
    infer: ([x]) => [{ shape: x?.shape ?? [], dtype: 'float32' }],
    lower: ({ graph }, [x]) => [graph.node('Reciprocal', [graph.node('Sqrt', [x as string])])],
  },
];
