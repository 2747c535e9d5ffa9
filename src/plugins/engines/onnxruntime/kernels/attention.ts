import {
  attentionGradKernel,
  attentionKernel,
  biasedAttentionGradKernel,
  biasedAttentionKernel,
} from '../../../../core/kernels/attention.js';
import { queryChunks, type QueryChunk } from '../../../../core/kernels/query-chunks.js';
import { float, type OnnxGraph } from '../emit/onnx-graph.js';
import type { Kernel, KernelCall } from '../graph/kernel.js';
import type { Spec } from '../graph/spec.js';

/** An attention's inputs, heads apart where there are several. */
interface Apart {
  readonly q: string;
  readonly k: string;
  readonly v: string;
  readonly dy?: string;
  readonly bias?: string;
}

/** One attention under construction. Heads lie side by side in `[N, L, H * D]`; one head needs not be taken apart. */
class Attention {
  readonly #graph: OnnxGraph;
  readonly #heads: number;
  readonly #scale: number;
  readonly #bias: Spec | undefined;
  readonly #chunks: readonly QueryChunk[];

  constructor({ graph, inputs: [q, k], attributes }: KernelCall, bias: Spec | undefined) {
    this.#graph = graph;
    this.#heads = attributes['heads'] as number;
    this.#scale = attributes['scale'] as number;
    this.#bias = bias;
    const [batch = 1, queries = 1] = q?.shape ?? [];
    this.#chunks = queryChunks(batch * this.#heads, queries, k?.shape[1] ?? 1, attributes['mostScores'] as number);
  }

  /** `[N, H, L, D]`; `[N, L, D]` of one head. */
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

  /** A bias beside scores of rank 3 has no axis of heads. */
  biasBeside(bias: string): string {
    const [batch = 1, , queries = 1, keys = 1] = this.#bias?.shape ?? [];
    return this.#heads === 1 ? this.#graph.reshape(bias, [batch, queries, keys]) : bias;
  }

  forward(inputs: Apart): string {
    return this.#concat(this.#chunks.map((chunk) => this.#product(this.#weights(inputs, chunk), inputs.v, 0, 0)));
  }

  /** Gradients of q, k, v and, where there is one, of the bias in its own shape. */
  backward(inputs: Apart): readonly string[] {
    const parts = this.#chunks.map((chunk) => this.#slopes(inputs, chunk));
    const of = (index: number): string[] => parts.map((part) => part[index] as string);
    const [q, k, v] = [this.#concat(of(0)), this.#total(of(1)), this.#total(of(2))];
    if (this.#bias === undefined) return [q, k, v];
    const bias = this.#bias.shape[2] === 1 ? this.#total(of(3)) : this.#concat(of(3));
    return [q, k, v, this.#graph.reshape(bias, this.#bias.shape)];
  }

  #slopes(inputs: Apart, chunk: QueryChunk): readonly string[] {
    const [queries, dy] = [this.#rows(inputs.q, chunk), this.#rows(inputs.dy as string, chunk)];
    const weights = this.#weights(inputs, chunk);
    const slope = this.#graph.node('Mul', [weights, this.#product(dy, inputs.v, 0, 1)]);
    const along = this.#graph.node('ReduceSum', [slope, this.#graph.shape([-1])], { keepdims: 1 });
    const scores = this.#graph.node('Sub', [slope, this.#graph.node('Mul', [weights, along])]);
    return [
      this.#product(scores, inputs.k, 0, 0, this.#scale),
      this.#product(scores, queries, 1, 0, this.#scale),
      this.#product(weights, dy, 1, 0),
      ...(this.#bias === undefined ? [] : [this.#summed(scores, this.#bias)]),
    ];
  }

  /** softmax(scale q k^T + bias), made once for both passes. */
  #weights({ q, k, bias }: Apart, chunk: QueryChunk): string {
    const scores = this.#product(this.#rows(q, chunk), k, 0, 1, this.#scale);
    const one = this.#bias?.shape[2] === 1;
    const biased =
      bias === undefined ? scores : this.#graph.node('Add', [scores, one ? bias : this.#rows(bias, chunk)]);
    return this.#graph.node('Softmax', [biased], { axis: -1 });
  }

  /** A matrix product with transposed operands and a factor. */
  #product(a: string, b: string, transA: 0 | 1, transB: 0 | 1, alpha = 1): string {
    if (transA + transB === 0 && alpha === 1) return this.#graph.node('MatMul', [a, b]);
    return this.#graph.node('FusedMatMul', [a, b], { transA, transB, alpha: float(alpha) }, 'com.microsoft');
  }

  #rows(x: string, { start, count }: QueryChunk): string {
    if (this.#chunks.length === 1) return x;
    const [begin, end, axis] = [[start], [start + count], [-2]].map((list) => this.#graph.shape(list));
    return this.#graph.node('Slice', [x, begin as string, end as string, axis as string]);
  }

  #concat(parts: readonly string[]): string {
    return parts.length === 1 ? (parts[0] as string) : this.#graph.node('Concat', parts, { axis: -2 });
  }

  /** Added one by one, so that each part is freed once it is in. */
  #total(parts: readonly string[]): string {
    return parts.reduce((sum, part) => this.#graph.node('Add', [sum, part]));
  }

  /** The gradient of a bias that was spread over batch, heads or queries. */
  #summed(scores: string, { shape }: Spec): string {
    const axes = (this.#heads === 1 ? [0, 2] : [0, 1, 2]).flatMap((axis, at) => (shape[axis] === 1 ? [at] : []));
    return axes.length === 0
      ? scores
      : this.#graph.node('ReduceSum', [scores, this.#graph.shape(axes)], { keepdims: 1 });
  }
}

type Input = 'q' | 'k' | 'v' | 'bias' | 'dy';

/** The attention of a call and its inputs. */
function begun(call: KernelCall, order: readonly Input[], names: readonly string[]) {
  const biasAt = order.indexOf('bias');
  const made = new Attention(call, biasAt < 0 ? undefined : call.inputs[biasAt]);
  const inputs = order.map((input, index) => {
    const name = names[index] as string;
    return [input, input === 'bias' ? made.biasBeside(name) : made.apart(name, call.inputs[index] as Spec)] as const;
  });
  return { made, inputs: Object.fromEntries(inputs) as unknown as Apart };
}

/**
 * Attention of several heads as one operator: on the CPU it goes through queries and keys in blocks that fit the cache, and
 * never holds their scores (Dao et al. 2022), in about half the time of the products by themselves.
 */
function flash({ graph, attributes }: KernelCall, names: readonly string[]): string {
  const { heads, scale } = attributes as { readonly heads: number; readonly scale: number };
  return graph.node('MultiHeadAttention', names, { num_heads: heads, scale: float(scale) }, 'com.microsoft');
}

function forward(name: string, order: readonly Input[]): Kernel {
  return {
    name,
    inputs: order,
    infer: ([q]) => [q as Spec],
    lower: (call, names) => {
      if (!order.includes('bias') && call.attributes['heads'] !== 1) return [flash(call, names)];
      const { made, inputs } = begun(call, order, names);
      return [made.joined(made.forward(inputs), call.outputs[0] as Spec)];
    },
  };
}

function backward(name: string, order: readonly Input[]): Kernel {
  return {
    name,
    inputs: order,
    infer: (inputs) => inputs.slice(0, -1),
    lower: (call, names) => {
      const { made, inputs } = begun(call, order, names);
      return made
        .backward(inputs)
        .map((gradient, index) => (index < 3 ? made.joined(gradient, call.outputs[index] as Spec) : gradient));
    },
  };
}

/** Scaled dot-product attention and its gradient; what is not one operator goes in chunks of queries where there are many. */
export const attentionKernels: readonly Kernel[] = [
  forward(attentionKernel.name, ['q', 'k', 'v']),
  backward(attentionGradKernel.name, ['q', 'k', 'v', 'dy']),
  forward(biasedAttentionKernel.name, ['q', 'k', 'v', 'bias']),
  backward(biasedAttentionGradKernel.name, ['q', 'k', 'v', 'bias', 'dy']),
];
