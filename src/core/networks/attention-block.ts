import * as tf from '@tensorflow/tfjs';
import { attention } from '../kernels/attention.js';
import type { Layers } from './layers.js';
import { linearSpecs, normSpecs, type ParameterSpecs } from './parameter-specs.js';

/** Self-attention over the pixels of a map: where its tensors are, and its sizes. */
export interface AttentionPlan {
  readonly prefix: string;
  readonly channels: number;
  readonly heads: number;
  /** Width of all heads together. */
  readonly inner: number;
  /** Groups of the group norm in front of it; none where absent. */
  readonly groups?: number;
  /** Divides the sum; 1 where absent. */
  readonly scale?: number;
}

/**
 * Self-attention over all pixels of a map, added to it.
 *
 * @param isIdentity - true where each pixel attends to itself alone, so that the values pass through
 */
export function attentionBlock(
  layers: Layers,
  { prefix, channels, heads, inner, groups, scale = 1 }: AttentionPlan,
  x: tf.Tensor4D,
  isIdentity = false,
): tf.Tensor4D {
  const [count, height, width] = x.shape;
  const normed = groups === undefined ? x : layers.norm(`${prefix}.group_norm`, x, { groups });
  const rows = tf.reshape(normed, [-1, channels]);
  const projected = (name: string): tf.Tensor =>
    tf.reshape(layers.linear(`${prefix}.${name}`, rows), [count, height * width, inner]);
  const mixed = isIdentity
    ? projected('to_v')
    : attention(projected('to_q'), projected('to_k'), projected('to_v'), heads);
  const out = tf.reshape(layers.linear(`${prefix}.to_out.0`, tf.reshape(mixed, [-1, inner])), x.shape);
  const sum = tf.add(out, x) as tf.Tensor4D;
  return scale === 1 ? sum : tf.div(sum, scale);
}

/** The tensors of an attention over pixels. */
export function attentionBlockSpecs({ prefix, channels, inner, groups }: AttentionPlan): ParameterSpecs {
  return {
    ...(groups === undefined ? {} : normSpecs(`${prefix}.group_norm`, channels)),
    ...linearSpecs(`${prefix}.to_q`, channels, inner),
    ...linearSpecs(`${prefix}.to_k`, channels, inner),
    ...linearSpecs(`${prefix}.to_v`, channels, inner),
    ...linearSpecs(`${prefix}.to_out.0`, inner, channels),
  };
}

/**
 * Number of heads and width of all heads together, from the width of one (all channels where it is null). A width that
 * does not divide the channels leaves a rest out.
 */
export function headsOf(channels: number, headWidth?: number | null): Pick<AttentionPlan, 'heads' | 'inner'> {
  const width = headWidth ?? channels;
  const heads = Math.max(1, Math.floor(channels / width));
  return { heads, inner: heads * width };
}
