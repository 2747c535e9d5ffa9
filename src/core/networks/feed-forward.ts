import * as tf from '@tensorflow/tfjs';
import { silu } from '../kernels/silu.js';
import { ACTIVATIONS } from './activations.js';
import type { Layers } from './layers.js';
import { linearSpecs, type ParameterSpecs } from './parameter-specs.js';

/** What a feed forward network does between its layers, by diffusers' names. */
export const FEED_FORWARD_ACTIVATIONS = [
  ...(['gelu', 'gelu-approximate', 'geglu', 'geglu-approximate', 'swiglu', 'linear-silu'] as const),
] as const;
type FeedForwardActivation = (typeof FEED_FORWARD_ACTIVATIONS)[number];

/** A feed forward network: where its tensors are, and its sizes. */
export interface FeedForwardPlan {
  readonly prefix: string;
  readonly width: number;
  /** Units between the layers; 4 * width where absent. */
  readonly inner?: number;
  readonly activation: FeedForwardActivation;
}

/** Those of which one half of the first layer's output is a gate for the other (Shazeer 2020). */
const GATES: Partial<Record<FeedForwardActivation, (gate: tf.Tensor) => tf.Tensor>> = {
  geglu: ACTIVATIONS.gelu,
  swiglu: silu,
};

const PLAIN: Partial<Record<FeedForwardActivation, (x: tf.Tensor) => tf.Tensor>> = {
  gelu: ACTIVATIONS.gelu,
  'gelu-approximate': ACTIVATIONS.gelu_new,
  'geglu-approximate': ACTIVATIONS.quick_gelu,
  'linear-silu': silu,
};

/** Two layers and what is between them, for each token alone: `[..., width]`. */
export function feedForward<T extends tf.Tensor>(
  layers: Layers,
  { prefix, activation }: Omit<FeedForwardPlan, 'width'>,
  x: T,
): T {
  const projected = layers.linear(`${prefix}.net.0.proj`, x);
  return layers.linear(`${prefix}.net.2`, activated(projected, activation)) as T;
}

function activated(x: tf.Tensor, activation: FeedForwardActivation): tf.Tensor {
  const gate = GATES[activation];
  if (gate === undefined) return (PLAIN[activation] as (x: tf.Tensor) => tf.Tensor)(x);
  const [value, gated] = tf.split(x, 2, -1) as [tf.Tensor, tf.Tensor];
  return tf.mul(value, gate(gated));
}

/** The tensors of a feed forward network. */
export function feedForwardSpecs({ prefix, width, inner = 4 * width, activation }: FeedForwardPlan): ParameterSpecs {
  return {
    ...linearSpecs(`${prefix}.net.0.proj`, width, GATES[activation] === undefined ? inner : 2 * inner),
    ...linearSpecs(`${prefix}.net.2`, inner, width),
  };
}
