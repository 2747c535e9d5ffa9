import * as tf from '@tensorflow/tfjs';
import { attention } from '../../../core/kernels/attention.js';
import type { Layers } from './layers.js';
import { headsOf, type AttentionPlan } from './plan.js';

/** How a block of attention is computed. */
export interface AttentionOptions {
  readonly headWidth: number | null | undefined;
  /** Divides the sum; 1 where absent. */
  readonly scale?: number;
  /** True where each pixel attends to itself alone, so that the values pass through. */
  readonly isIdentity?: boolean;
}

/** Self-attention over all pixels of a map, added to it. */
export function attentionBlock(
  layers: Layers,
  { prefix, channels, groups }: AttentionPlan,
  x: tf.Tensor4D,
  { headWidth, scale = 1, isIdentity = false }: AttentionOptions,
): tf.Tensor4D {
  const [count, height, width] = x.shape;
  const { heads, inner } = headsOf(channels, headWidth);
  const normed = groups === undefined ? x : layers.norm(`${prefix}.group_norm`, x, groups);
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
