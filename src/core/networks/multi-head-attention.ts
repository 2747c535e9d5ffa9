import type * as tf from '@tensorflow/tfjs';
import { attention } from '../kernels/attention.js';
import type { Layers } from './layers.js';
import { linearSpecs, type ParameterSpecs } from './parameter-specs.js';

/** Attention of tokens: where its tensors are, and its sizes. */
export interface MultiHeadPlan {
  readonly prefix: string;
  /** Width of a token that asks. */
  readonly width: number;
  /** Width of a token that is asked; `width` where absent. */
  readonly context?: number;
  readonly heads: number;
  /** Width of one head. */
  readonly headWidth: number;
  /** Whether queries, keys and values have biases. */
  readonly bias: boolean;
}

/** What an attention may be told beside the tokens that ask. */
export interface MultiHeadInputs {
  /** The tokens that are asked, `[N, S, context]`; those that ask where absent. */
  readonly context?: tf.Tensor3D;
  /** Added to the scores: see `attention`. */
  readonly scores?: tf.Tensor | undefined;
  /** True where each token attends to itself alone, so that the values pass through. */
  readonly isIdentity?: boolean;
}

/** Attention of tokens `[N, L, width]` to others or to themselves (Vaswani et al. 2017, section 3.2.2). */
export function multiHeadAttention(
  layers: Layers,
  { prefix, heads }: MultiHeadPlan,
  x: tf.Tensor3D,
  { context = x, scores, isIdentity = false }: MultiHeadInputs = {},
): tf.Tensor3D {
  const v = layers.linear(`${prefix}.to_v`, context);
  const mixed = isIdentity
    ? v
    : attention(
        layers.linear(`${prefix}.to_q`, x),
        layers.linear(`${prefix}.to_k`, context),
        v,
        heads,
        scores === undefined ? {} : { bias: scores },
      );
  return layers.linear(`${prefix}.to_out.0`, mixed);
}

/** The tensors of an attention. */
export function multiHeadSpecs({
  prefix,
  width,
  context = width,
  heads,
  headWidth,
  bias,
}: MultiHeadPlan): ParameterSpecs {
  const inner = heads * headWidth;
  return {
    ...linearSpecs(`${prefix}.to_q`, width, inner, bias),
    ...linearSpecs(`${prefix}.to_k`, context, inner, bias),
    ...linearSpecs(`${prefix}.to_v`, context, inner, bias),
    ...linearSpecs(`${prefix}.to_out.0`, inner, width),
  };
}
