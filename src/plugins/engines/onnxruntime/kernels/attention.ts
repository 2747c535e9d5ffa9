import { attentionGradKernel, attentionKernel } from '../../../../core/kernels/attention.js';
import { float, type OnnxGraph } from '../emit/onnx-graph.js';
import type { Kernel, KernelAttributes } from '../graph/kernel.js';
import type { Spec } from '../graph/spec.js';

/** Heads side by side in `[N, L, H * D]`, taken apart and joined; one head needs neither. */
class Heads {
  readonly #graph: OnnxGraph;
  readonly #heads: number;
  readonly scale: number;

  constructor(graph: OnnxGraph, q: Spec, attributes: KernelAttributes) {
    this.#graph = graph;
    this.#heads = attributes['heads'] as number;
    this.scale = 1 / Math.sqrt((q.shape[2] ?? 1) / this.#heads);
  }

  /** `[N, H, L, D]`. */
  apart(x: string, { shape }: Spec): string {
    if (this.#heads === 1) return x;
    const [batch = 1, length = 1, width = 1] = shape;
    const split = this.#graph.reshape(x, [batch, length, this.#heads, width / this.#heads]);
    return this.#graph.node('Transpose', [split], { perm: [0, 2, 1, 3] });
  }

  joined(x: string, { shape }: Spec): string {
    if (this.#heads === 1) return x;
    return this.#graph.reshape(this.#graph.node('Transpose', [x], { perm: [0, 2, 1, 3] }), shape);
  }
}

/** A matrix product with transposed operands and a factor. */
function product(graph: OnnxGraph, a: string, b: string, transA: 0 | 1, transB: 0 | 1, alpha = 1): string {
  if (transA + transB === 0 && alpha === 1) return graph.node('MatMul', [a, b]);
  return graph.node('FusedMatMul', [a, b], { transA, transB, alpha: float(alpha) }, 'com.microsoft');
}

/** softmax(q k^T / sqrt(D)), made once for both passes. */
function weightsOf(graph: OnnxGraph, q: string, k: string, scale: number): string {
  return graph.node('Softmax', [product(graph, q, k, 0, 1, scale)], { axis: -1 });
}

/** Scaled dot-product attention and its gradient. */
export const attentionKernels: readonly Kernel[] = [
  {
    name: attentionKernel.name,
    inputs: ['q', 'k', 'v'],
    infer: ([q]) => [q as Spec],
    lower: ({ graph, inputs, outputs, attributes }, names) => {
      const heads = new Heads(graph, inputs[0] as Spec, attributes);
      const [q, k, v] = inputs.map((input, index) => heads.apart(names[index] as string, input)) as [
        string,
        string,
        string,
      ];
      return [heads.joined(product(graph, weightsOf(graph, q, k, heads.scale), v, 0, 0), outputs[0] as Spec)];
    },
  },
  {
    name: attentionGradKernel.name,
    inputs: ['q', 'k', 'v', 'dy'],
    infer: ([q, k, v]) => [q as Spec, k as Spec, v as Spec],
    lower: ({ graph, inputs, outputs, attributes }, names) => {
      const heads = new Heads(graph, inputs[0] as Spec, attributes);
      const apart = inputs.map((input, index) => heads.apart(names[index] as string, input));
      const [q, k, v, dy] = apart as [string, string, string, string];
      const weights = weightsOf(graph, q, k, heads.scale);
      const slope = graph.node('Mul', [weights, product(graph, dy, v, 0, 1)]);
      const total = graph.node('ReduceSum', [slope, graph.shape([-1])], { keepdims: 1 });
      const scores = graph.node('Sub', [slope, graph.node('Mul', [weights, total])]);
      const gradients = [
        product(graph, scores, k, 0, 0, heads.scale),
        product(graph, scores, q, 1, 0, heads.scale),
        product(graph, weights, dy, 1, 0),
      ];
      return gradients.map((gradient, index) => heads.joined(gradient, outputs[index] as Spec));
    },
  },
];
