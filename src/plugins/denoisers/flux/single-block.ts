import * as tf from '@tensorflow/tfjs';
import { ACTIVATIONS } from '../../../core/networks/activations.js';
import {
  jointAttention,
  jointAttentionSpecs,
  type JointAttentionPlan,
} from '../../../core/networks/joint-attention.js';
import type { Layers } from '../../../core/networks/layers.js';
import { modulatedNorm, modulation, modulationSpecs } from '../../../core/networks/modulation.js';
import { linearSpecs, type ParameterSpecs } from '../../../core/networks/parameter-specs.js';
import type { Rotary } from '../../../core/networks/rotary.js';

/** A block over text and image in one sequence. */
export interface SingleBlockPlan {
  readonly prefix: string;
  readonly width: number;
  readonly attention: JointAttentionPlan;
}

/**
 * Attention and a feed forward network side by side, of the same modulated tokens, joined by one layer (Dehghani et al.
 * 2023, section 2, with modulation).
 *
 * @param x - `[N, tokens, width]`
 * @param embedding - of time and condition, `[N, width]`
 */
export function singleBlock(
  layers: Layers,
  { prefix, attention }: SingleBlockPlan,
  x: tf.Tensor3D,
  { embedding, rotary }: { readonly embedding: tf.Tensor2D; readonly rotary: Rotary },
): tf.Tensor3D {
  const [shift, scale, gate] = modulation(layers, `${prefix}.norm.linear`, embedding, 3) as [
    tf.Tensor3D,
    tf.Tensor3D,
    tf.Tensor3D,
  ];
  const normed = modulatedNorm(x, shift, scale);
  const fed = ACTIVATIONS.gelu_new(layers.linear(`${prefix}.proj_mlp`, normed)) as tf.Tensor3D;
  const mixed = jointAttention(layers, attention, { image: normed }, rotary).image;
  const joined = layers.linear(`${prefix}.proj_out`, tf.concat([mixed, fed], 2));
  return tf.add(x, tf.mul(gate, joined));
}

/** The tensors of a block. */
export function singleBlockSpecs({ prefix, width, attention }: SingleBlockPlan): ParameterSpecs {
  return {
    ...modulationSpecs(`${prefix}.norm.linear`, width, 3),
    ...linearSpecs(`${prefix}.proj_mlp`, width, 4 * width),
    ...jointAttentionSpecs(attention),
    ...linearSpecs(`${prefix}.proj_out`, 5 * width, width),
  };
}
