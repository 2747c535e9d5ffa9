import type { Kernel } from '../graph/kernel.js';
import type { Spec } from '../graph/spec.js';
import { broadcastShape } from './shapes.js';

/** Products of matrices, batched. */
export const matrices: readonly Kernel[] = [
  {
    name: 'BatchMatMul',
    inputs: ['a', 'b'],
    infer: ([a, b], { transposeA, transposeB }) => {
      const [left, right] = [(a as Spec).shape, (b as Spec).shape];
      const rows = left.at(transposeA === true ? -1 : -2) ?? 1;
      const columns = right.at(transposeB === true ? -2 : -1) ?? 1;
      const batch = broadcastShape(left.slice(0, -2), right.slice(0, -2));
      return [{ shape: [...batch, rows, columns], dtype: 'float32' }];
    },
    lower: ({ graph, inputs, attributes }, [a, b]) => {
      const [transA, transB] = [Number(attributes['transposeA'] === true), Number(attributes['transposeB'] === true)];
      if (transA + transB === 0) return [graph.node('MatMul', [a as string, b as string])];
      if (inputs.every(({ shape }) => shape.length === 2)) {
        return [graph.node('Gemm', [a as string, b as string], { transA, transB })];
      }
      return [graph.node('FusedMatMul', [a as string, b as string], { transA, transB }, 'com.microsoft')];
    },
  },
];
