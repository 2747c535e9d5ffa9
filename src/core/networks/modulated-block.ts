import * as tf from '@tensorflow/tfjs';
import { layerNorm } from '../kernels/layer-norm.js';
import { feedForward, feedForwardSpecs, type FeedForwardPlan } from './feed-forward.js';
import type { Layers } from './layers.js';
import { modulated } from './modulation.js';
import {
  multiHeadAttention,
  multiHeadSpecs,
  type MultiHeadInputs,
  type MultiHeadPlan,
} from './multi-head-attention.js';
import { normSpecs, type ParameterSpecs } from './parameter-specs.js';

/** A norm of tokens. */
interface TokenNormPlan {
  readonly prefix: string;
  readonly epsilon: number;
  /** Whether it has a scale and a shift of its own. */
  readonly isAffine: boolean;
}

/** A transformer block whose norms are modulated by time and condition. */
export interface ModulatedBlockPlan {
  readonly prefix: string;
  readonly norms: readonly [beforeAttention: TokenNormPlan, beforeFeedForward: TokenNormPlan];
  readonly attention: MultiHeadPlan;
  /** Attention to a text, between the two; it has no norm. */
  readonly cross?: MultiHeadPlan;
  readonly feedForward: FeedForwardPlan;
}

/** What a block is told beside its tokens. */
export interface ModulatedBlockInputs {
  /** Shift, scale and gate of the attention, then of the feed forward network, each `[N, 1, width]`. */
  readonly vectors: readonly tf.Tensor[];
  /** The text, for the cross-attention. */
  readonly text?: Pick<MultiHeadInputs, 'context' | 'scores'>;
  /** True where each token attends to itself alone. */
  readonly isIdentity?: boolean;
}

/**
 * A transformer block with adaptive norms: attention and a feed forward network, each of modulated tokens and behind a gate
 * (Peebles & Xie 2023, section 3.2, adaLN-Zero; with a text: Chen et al. 2024, section 2.3).
 *
 * @param x - `[N, tokens, width]`
 */
export function modulatedBlock(
  layers: Layers,
  { norms, attention, cross, feedForward: fed }: ModulatedBlockPlan,
  x: tf.Tensor3D,
  { vectors, text = {}, isIdentity = false }: ModulatedBlockInputs,
): tf.Tensor3D {
  const [shift, scale, gate, fedShift, fedScale, fedGate] = vectors as SixVectors;
  const asked = modulated(normedTokens(layers, norms[0], x), shift, scale);
  const attended = tf.add(x, tf.mul(gate, multiHeadAttention(layers, attention, asked, { isIdentity }))) as tf.Tensor3D;
  const told = cross === undefined ? attended : tf.add(attended, multiHeadAttention(layers, cross, attended, text));
  const normed = modulated(normedTokens(layers, norms[1], told as tf.Tensor3D), fedShift, fedScale);
  return tf.add(told, tf.mul(fedGate, feedForward(layers, fed, normed)));
}

type SixVectors = readonly [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];

function normedTokens(layers: Layers, { prefix, epsilon, isAffine }: TokenNormPlan, x: tf.Tensor3D): tf.Tensor3D {
  return isAffine ? layers.layerNorm(prefix, x, epsilon) : layerNorm(x, epsilon);
}

/** The tensors of a block, without those that its vectors come from. */
export function modulatedBlockSpecs({ norms, attention, cross, feedForward: fed }: ModulatedBlockPlan): ParameterSpecs {
  const affine = norms.filter(({ isAffine }) => isAffine);
  return Object.assign(
    {},
    ...affine.map(({ prefix }) => normSpecs(prefix, attention.width)),
    multiHeadSpecs(attention),
    cross === undefined ? {} : multiHeadSpecs(cross),
    feedForwardSpecs(fed),
  ) as ParameterSpecs;
}
