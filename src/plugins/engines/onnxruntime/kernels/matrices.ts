import type { OnnxGraph } from '../emit/onnx-graph.js';
import type { Kernel, KernelAttributes } from '../graph/kernel.js';
import type { Spec } from '../graph/spec.js';
import { activationNodes } from './activations.js';
import { broadcastShape, widerType } from './shapes.js';
import { cast } from './casting.js';

/** Products of matrices, batched. */
export const matrices: readonly Kernel[] = [
  {
    name: 'BatchMatMul',
    inputs: ['a', 'b'],
    infer: productSpecs,
    lower: ({ graph, inputs, outputs, attributes }, names) => {
      const { dtype } = outputs[0] as Spec;
      const [a, b] = names.map((name, index) => cast(graph, name, (inputs[index] as Spec).dtype, dtype));
      return [productNodes(graph, inputs, [a as string, b as string], attributes)];
    },
  },
  {
    name: '_FusedMatMul',
    inputs: ['a', 'b', 'bias', 'preluActivationWeights'],
    infer: (inputs, attributes) => {
      const isFloat = inputs.every(({ dtype }) => dtype === 'float32');
      return isFloat ? productSpecs(inputs, attributes) : undefined;
    },
    lower: ({ graph, inputs, attributes }, [a, b, ...rest]) => {
      const product = productNodes(graph, inputs.slice(0, 2), [a as string, b as string], attributes);
      return [finishedNodes(graph, product, rest, attributes)];
    },
  },
];

/** What fused kernels add to a product or convolution: a bias, where there is one, and an activation. */
export function finishedNodes(
  graph: OnnxGraph,
  product: string,
  rest: readonly string[],
  attributes: KernelAttributes,
): string {
  const weights = attributes['activation'] === 'prelu' ? rest.at(-1) : undefined;
  const [bias] = weights === undefined ? rest : rest.slice(0, -1);
  const sum = bias === undefined ? product : graph.node('Add', [product, bias]);
  return activationNodes(graph, sum, attributes, weights);
}

function productSpecs(
  inputs: readonly Spec[],
  { transposeA, transposeB }: KernelAttributes,
): readonly Spec[] | undefined {
  const [a, b] = inputs as readonly [Spec, Spec];
  const isProduct = a.shape.at(transposeA === true ? -2 : -1) === b.shape.at(transposeB === true ? -1 : -2);
  if (!isProduct || a.shape.length < 2 || b.shape.length < 2) return undefined;
  const rows = a.shape.at(transposeA === true ? -1 : -2) ?? 1;
  const columns = b.shape.at(transposeB === true ? -2 : -1) ?? 1;
  const batch = broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const wider = widerType(a.dtype, b.dtype);
  return [{ shape: [...batch, rows, columns], dtype: wider === 'bool' ? 'int32' : wider }];
}

function productNodes(
  graph: OnnxGraph,
  inputs: readonly Spec[],
  [a, b]: readonly [string, string],
  attributes: KernelAttributes,
): string {
  const [transA, transB] = [Number(attributes['transposeA'] === true), Number(attributes['transposeB'] === true)];
  if (transA + transB === 0) return graph.node('MatMul', [a, b]);
  if (!inputs.some(({ dtype }) => dtype === 'float32')) {
    // Gemm and FusedMatMul are for floats alone.
    const sides = [transA === 1 ? turned(graph, a, inputs[0]) : a, transB === 1 ? turned(graph, b, inputs[1]) : b];
    return graph.node('MatMul', sides);
  }
  if (inputs.every(({ shape }) => shape.length === 2)) return graph.node('Gemm', [a, b], { transA, transB });
  return graph.node('FusedMatMul', [a, b], { transA, transB }, 'com.microsoft');
}

/** Each matrix with its rows as columns. */
function turned(graph: OnnxGraph, x: string, spec: Spec | undefined): string {
  const axes = (spec as Spec).shape.map((_, axis) => axis);
  return graph.node('Transpose', [x], {
    perm: [...axes.slice(0, -2), axes.length - 1, axes.length - 2],
  });
}
