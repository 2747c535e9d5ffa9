import * as tf from '@tensorflow/tfjs';
import { attention } from '../kernels/attention.js';
import type { Layers } from './layers.js';
import { linearSpecs, rmsNormSpecs, type ParameterSpecs } from './parameter-specs.js';
import { rotated, type Rotary } from './rotary.js';

/** Attention of an image's and a text's tokens to each other, or of one kind of token alone. */
export interface JointAttentionPlan {
  readonly prefix: string;
  readonly width: number;
  readonly heads: number;
  readonly headWidth: number;
  /** Whether queries and keys are normed by head. */
  readonly isNormed: boolean;
  /** What the attention gives back of a text; it has no text at all where absent. */
  readonly text?: 'kept' | 'dropped';
  /** Whether the text stands before the image. */
  readonly isTextFirst?: boolean;
  /** False where the layer behind it does what its projection would. */
  readonly hasOutput?: boolean;
}

/** Tokens of both kinds, `[N, tokens, width]`. */
export interface JointTokens {
  readonly image: tf.Tensor3D;
  readonly text?: tf.Tensor3D | undefined;
}

const EPSILON = 1e-6;

/** Names of the layers of queries, keys and values, and of the norms, by kind of token. */
const IMAGE = { layers: ['to_q', 'to_k', 'to_v'], norms: ['norm_q', 'norm_k'] } as const;
const TEXT = {
  layers: ['add_q_proj', 'add_k_proj', 'add_v_proj'],
  norms: ['norm_added_q', 'norm_added_k'],
} as const;

/** Joint attention (Esser et al. 2024, section 4): both kinds of tokens in one sequence, each with layers of its own. */
export function jointAttention(
  layers: Layers,
  plan: JointAttentionPlan,
  { image, text }: JointTokens,
  rotary?: Rotary,
): JointTokens {
  const { prefix, heads, isTextFirst = false, hasOutput = true } = plan;
  const ofImage = projected(layers, plan, image, IMAGE);
  const ofText = text === undefined ? undefined : projected(layers, plan, text, TEXT);
  const [q, k, v] = ofImage.map((part, at) => joined(part, ofText?.[at], isTextFirst)) as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ];
  const mixed = attention(flat(turned(q, rotary)), flat(turned(k, rotary)), flat(v), heads);
  const own = text === undefined ? mixed : part(mixed, isTextFirst ? text.shape[1] : 0, image.shape[1]);
  return {
    image: hasOutput ? layers.linear(`${prefix}.to_out.0`, own) : own,
    ...(text !== undefined && plan.text === 'kept'
      ? { text: layers.linear(`${prefix}.to_add_out`, part(mixed, isTextFirst ? 0 : image.shape[1], text.shape[1])) }
      : {}),
  };
}

/** Queries, keys and values, `[N, tokens, heads, headWidth]`. */
function projected(
  layers: Layers,
  { prefix, heads, headWidth, isNormed }: JointAttentionPlan,
  x: tf.Tensor3D,
  names: typeof IMAGE | typeof TEXT,
): readonly tf.Tensor[] {
  return names.layers.map((name, at) => {
    const apart = tf.reshape(layers.linear(`${prefix}.${name}`, x), [x.shape[0], x.shape[1], heads, headWidth]);
    const norm = names.norms[at];
    return isNormed && norm !== undefined ? layers.rmsNorm(`${prefix}.${norm}`, apart, EPSILON) : apart;
  });
}

const turned = (x: tf.Tensor, rotary: Rotary | undefined): tf.Tensor => (rotary === undefined ? x : rotated(x, rotary));

const flat = (x: tf.Tensor): tf.Tensor3D => tf.reshape(x, [x.shape[0] ?? 1, x.shape[1] ?? 1, -1]);

function joined(image: tf.Tensor, text: tf.Tensor | undefined, isTextFirst: boolean): tf.Tensor {
  if (text === undefined) return image;
  return tf.concat(isTextFirst ? [text, image] : [image, text], 1);
}

const part = (x: tf.Tensor3D, start: number, count: number): tf.Tensor3D => tf.slice(x, [0, start, 0], [-1, count, -1]);

/** The tensors of a joint attention. */
export function jointAttentionSpecs(plan: JointAttentionPlan): ParameterSpecs {
  const { prefix, width, heads, headWidth, isNormed, text, hasOutput = true } = plan;
  const inner = heads * headWidth;
  const ofKind = ({ layers, norms }: typeof IMAGE | typeof TEXT): ParameterSpecs =>
    Object.assign(
      {},
      ...layers.map((name) => linearSpecs(`${prefix}.${name}`, width, inner)),
      ...(isNormed ? norms.map((name) => rmsNormSpecs(`${prefix}.${name}`, headWidth)) : []),
    ) as ParameterSpecs;
  return {
    ...ofKind(IMAGE),
    ...(text === undefined ? {} : ofKind(TEXT)),
    ...(hasOutput ? linearSpecs(`${prefix}.to_out.0`, inner, width) : {}),
    ...(text === 'kept' ? linearSpecs(`${prefix}.to_add_out`, inner, width) : {}),
  };
}
