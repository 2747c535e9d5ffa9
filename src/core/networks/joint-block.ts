import * as tf from '@tensorflow/tfjs';
import { layerNorm } from '../kernels/layer-norm.js';
import { feedForward, feedForwardSpecs } from './feed-forward.js';
import { jointAttention, jointAttentionSpecs, type JointAttentionPlan, type JointTokens } from './joint-attention.js';
import type { Layers } from './layers.js';
import { modulated, modulation, modulationSpecs } from './modulation.js';
import type { ParameterSpecs } from './parameter-specs.js';
import type { Rotary } from './rotary.js';

/** A block over the tokens of an image and of a text, each with layers of its own. */
export interface JointBlockPlan {
  readonly prefix: string;
  readonly width: number;
  readonly attention: JointAttentionPlan;
  /** A second attention, of the image alone. */
  readonly second?: JointAttentionPlan;
}

/** What a block is told beside its tokens. */
export interface JointBlockInputs {
  /** The embedding of time and condition, `[N, width]`. */
  readonly embedding: tf.Tensor2D;
  readonly rotary?: Rotary;
}

/** Tokens of both kinds, both there. */
export interface ImageAndText {
  readonly image: tf.Tensor3D;
  readonly text: tf.Tensor3D;
}

const EPSILON = 1e-6;
const FEED_FORWARD = { activation: 'gelu-approximate' } as const;

/** Shift and scale before the attention, gate behind it; the same for the feed forward network. */
type SixVectors = readonly [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];

/**
 * One block of a multimodal transformer: joint attention, then a feed forward network for each kind of token, all
 * modulated by time and condition (MMDiT: Esser et al. 2024, figure 2). The last block of a network may drop the text.
 */
export function jointBlock(
  layers: Layers,
  plan: JointBlockPlan,
  { image, text }: ImageAndText,
  { embedding, rotary }: JointBlockInputs,
): JointTokens {
  const { prefix, attention, second } = plan;
  const all = modulation(layers, `${prefix}.norm1.linear`, embedding, second === undefined ? 6 : 9);
  const vectors = all.slice(0, 6) as unknown as SixVectors;
  const normed = layerNorm(image, EPSILON);
  const ofText = textVectors(layers, plan, embedding);
  const asked = {
    image: modulated(normed, vectors[0], vectors[1]),
    text: modulated(layerNorm(text, EPSILON), ofText[0], ofText[1]),
  };
  const mixed = jointAttention(layers, attention, asked, rotary);
  const seen: tf.Tensor3D = tf.add(image, tf.mul(vectors[2], mixed.image));
  const again = second === undefined ? seen : tf.add(seen, secondAttention(layers, second, normed, all.slice(6)));
  const fed = withFeedForward(layers, `${prefix}.ff`, again as tf.Tensor3D, vectors);
  if (mixed.text === undefined) return { image: fed };
  const read: tf.Tensor3D = tf.add(text, tf.mul(ofText[2], mixed.text));
  return { image: fed, text: withFeedForward(layers, `${prefix}.ff_context`, read, ofText) };
}

/** The vectors of a text. One that is dropped has two: its scale, then its shift. */
function textVectors(
  layers: Layers,
  { prefix, attention: { text } }: JointBlockPlan,
  embedding: tf.Tensor2D,
): SixVectors {
  const name = `${prefix}.norm1_context.linear`;
  if (text === 'kept') return modulation(layers, name, embedding, 6) as unknown as SixVectors;
  return modulation(layers, name, embedding, 2).toReversed() as unknown as SixVectors;
}

function secondAttention(
  layers: Layers,
  plan: JointAttentionPlan,
  normed: tf.Tensor3D,
  [shift, scale, gate]: readonly tf.Tensor[],
): tf.Tensor {
  const asked = modulated(normed, shift as tf.Tensor, scale as tf.Tensor);
  return tf.mul(gate as tf.Tensor, jointAttention(layers, plan, { image: asked }).image);
}

function withFeedForward(
  layers: Layers,
  prefix: string,
  x: tf.Tensor3D,
  [, , , shift, scale, gate]: SixVectors,
): tf.Tensor3D {
  const asked = modulated(layerNorm(x, EPSILON), shift, scale);
  return tf.add(x, tf.mul(gate, feedForward(layers, { prefix, ...FEED_FORWARD }, asked)));
}

/** The tensors of a block. */
export function jointBlockSpecs({ prefix, width, attention, second }: JointBlockPlan): ParameterSpecs {
  const isKept = attention.text === 'kept';
  const fed = (name: string): ParameterSpecs =>
    feedForwardSpecs({ prefix: `${prefix}.${name}`, width, ...FEED_FORWARD });
  return {
    ...modulationSpecs(`${prefix}.norm1.linear`, width, second === undefined ? 6 : 9),
    ...modulationSpecs(`${prefix}.norm1_context.linear`, width, isKept ? 6 : 2),
    ...jointAttentionSpecs(attention),
    ...(second === undefined ? {} : jointAttentionSpecs(second)),
    ...fed('ff'),
    ...(isKept ? fed('ff_context') : {}),
  };
}
