import * as tf from '@tensorflow/tfjs';
import { feedForward, feedForwardSpecs, type FeedForwardPlan } from './feed-forward.js';
import type { Layers } from './layers.js';
import { multiHeadAttention, multiHeadSpecs, type MultiHeadPlan } from './multi-head-attention.js';
import { convSpecs, linearSpecs, normSpecs, type ParameterSpecs } from './parameter-specs.js';

/** Transformer blocks over the pixels of a map: where their tensors are, and their sizes. */
export interface TransformerPlan {
  readonly prefix: string;
  readonly channels: number;
  readonly heads: number;
  /** Width of all heads together. */
  readonly inner: number;
  /** Blocks in a row. */
  readonly layers: number;
  /** Numbers of one token. */
  readonly tokens: number;
  /** Linear projections in and out, rather than convolutions of one pixel. */
  readonly isLinear: boolean;
  /** The first attention looks at the tokens too, rather than at the pixels. */
  readonly isOnlyCross: boolean;
}

/** What the pixels of a map attend to. */
export interface Context {
  /** `[N, S, width]`. */
  readonly tokens: tf.Tensor3D;
  /** Added to the scores of each token, `[N, 1, 1, S]`. */
  readonly bias?: tf.Tensor;
}

/** diffusers' epsilons, whatever the config says. */
const GROUP_EPSILON = 1e-6;
const LAYER_EPSILON = 1e-5;

/**
 * Transformer blocks over the pixels of a map, added to it: attention to all pixels, attention to the tokens, a gated
 * layer, each after a norm of its own (Vaswani et al. 2017; Rombach et al. 2022, appendix E.2.1).
 *
 * @param x - `[N, H, W, channels]`
 * @param isIdentity - whether the attention to pixels of the block with this name passes its values through
 */
export function transformerBlocks(
  layers: Layers,
  plan: TransformerPlan,
  x: tf.Tensor4D,
  context: Context,
  isIdentity: (name: string) => boolean = () => false,
): tf.Tensor4D {
  const { prefix, inner } = plan;
  const [count, height, width] = x.shape;
  const project = (name: string, of: tf.Tensor): tf.Tensor =>
    plan.isLinear ? layers.linear(`${prefix}.${name}`, of) : layers.conv(`${prefix}.${name}`, of);
  const normed = layers.norm(`${prefix}.norm`, x, { epsilon: GROUP_EPSILON });
  let hidden: tf.Tensor3D = tf.reshape(project('proj_in', normed), [count, height * width, inner]);
  for (const block of blocksOf(plan)) hidden = transformerBlock(layers, { plan, block }, hidden, context, isIdentity);
  return tf.add(project('proj_out', tf.reshape(hidden, [count, height, width, inner])), x);
}

/** The names of the blocks of a plan. */
export function blocksOf({ prefix, layers }: Pick<TransformerPlan, 'prefix' | 'layers'>): readonly string[] {
  return Array.from({ length: layers }, (_, block) => `${prefix}.transformer_blocks.${block}`);
}

function transformerBlock(
  layers: Layers,
  { plan, block }: { readonly plan: TransformerPlan; readonly block: string },
  x: tf.Tensor3D,
  context: Context,
  isIdentity: (name: string) => boolean,
): tf.Tensor3D {
  const plans = partsOf(plan, block);
  const norm = (name: string, of: tf.Tensor3D): tf.Tensor3D => layers.layerNorm(`${block}.${name}`, of, LAYER_EPSILON);
  const normed = norm('norm1', x);
  // The mask of the tokens is for the second attention alone, as diffusers has it.
  const first = multiHeadAttention(
    layers,
    plans.attn1,
    normed,
    plan.isOnlyCross ? { context: context.tokens } : { isIdentity: isIdentity(plans.attn1.prefix) },
  );
  const own: tf.Tensor3D = tf.add(first, x);
  const looking = { context: context.tokens, scores: context.bias };
  const crossed: tf.Tensor3D = tf.add(multiHeadAttention(layers, plans.attn2, norm('norm2', own), looking), own);
  return tf.add(feedForward(layers, plans.ff, norm('norm3', crossed)), crossed);
}

/** The attentions and the gated layer of a block. */
function partsOf({ inner, heads, tokens, isOnlyCross }: TransformerPlan, block: string) {
  const attention = (name: string, context: number): MultiHeadPlan => ({
    ...{ prefix: `${block}.${name}`, width: inner, context, heads, headWidth: inner / heads, bias: false },
  });
  const ff: FeedForwardPlan = { prefix: `${block}.ff`, width: inner, activation: 'geglu' };
  return { attn1: attention('attn1', isOnlyCross ? tokens : inner), attn2: attention('attn2', tokens), ff };
}

/** The tensors of transformer blocks over pixels. */
export function transformerSpecs(plan: TransformerPlan): ParameterSpecs {
  const { prefix, channels, inner, isLinear } = plan;
  const projection = (name: string, input: number, output: number): ParameterSpecs =>
    isLinear ? linearSpecs(`${prefix}.${name}`, input, output) : convSpecs(`${prefix}.${name}`, input, output, 1);
  return Object.assign(
    {},
    normSpecs(`${prefix}.norm`, channels),
    projection('proj_in', channels, inner),
    ...blocksOf(plan).map((block) => blockSpecs(plan, block)),
    projection('proj_out', inner, channels),
  ) as ParameterSpecs;
}

function blockSpecs(plan: TransformerPlan, block: string): ParameterSpecs {
  const { attn1, attn2, ff } = partsOf(plan, block);
  return {
    ...normSpecs(`${block}.norm1`, plan.inner),
    ...multiHeadSpecs(attn1),
    ...normSpecs(`${block}.norm2`, plan.inner),
    ...multiHeadSpecs(attn2),
    ...normSpecs(`${block}.norm3`, plan.inner),
    ...feedForwardSpecs(ff),
  };
}
