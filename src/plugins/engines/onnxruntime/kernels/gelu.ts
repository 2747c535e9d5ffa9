import { geluKernel } from '../../../../core/kernels/gelu.js';
import type { Kernel } from '../graph/kernel.js';
import type { Spec } from '../graph/spec.js';

/** GELU as one node; its gradient is composed. */
export const geluKernels: readonly Kernel[] = [
  {
    name: geluKernel.name,
    inputs: ['x'],
    infer: ([x]) => [x as Spec],
    lower: ({ graph, attributes }, [x]) => [
      graph.node(attributes['isTanh'] === 1 ? 'FastGelu' : 'Gelu', [x as string], {}, 'com.microsoft'),
    ],
  },
];
