import * as tf from '@tensorflow/tfjs';
import type { ParameterSet } from '../../../core/contracts/parameters.js';
import { attention } from '../../../core/kernels/attention.js';
import { embeddingLookup } from '../../../core/kernels/embedding-lookup.js';
import type { ActivationName } from '../../../core/networks/activations.js';
import { Layers } from '../../../core/networks/layers.js';
import type { T5EncoderConfig } from './config.js';
import { isGated, POSITIONS, t5Prefixes } from './parameter-shapes.js';
import { distanceBuckets } from './positions.js';

/** Added to the scores of padding. */
const HIDDEN = -1e9;

/**
 * The encoder of T5: layers with the norm in front, each token attends to all, and distances between them add to the scores
 * (Raffel et al. 2020, section 2.1; gated feed-forward layers: Shazeer 2020).
 *
 * @param ids - int32 `[rows, tokens]`
 * @param mask - 1 for tokens, 0 for padding, `[rows, tokens]`; all are seen where absent
 * @returns `[rows, tokens, width]`
 */
export function t5States(
  parameters: ParameterSet,
  config: T5EncoderConfig,
  ids: tf.Tensor2D,
  mask?: tf.Tensor,
): tf.Tensor3D {
  const layers = new Layers(parameters, {
    activation: activationOf(config),
    groups: 1,
    epsilon: config.layer_norm_epsilon,
  });
  const [rows, tokens] = ids.shape;
  const table = layers.weight('shared.weight') as tf.Tensor2D;
  const embedded: tf.Tensor3D = tf.reshape(embeddingLookup(table, tf.reshape(ids, [-1])), [rows, tokens, -1]);
  const distances = distanceBias(layers, config, tokens);
  const bias = mask ? tf.add(distances, tf.reshape(tf.mul(tf.sub(1, mask), HIDDEN), [rows, 1, 1, tokens])) : distances;
  const blocks = Array.from({ length: config.num_layers }, (_, block) => block);
  const states = blocks.reduce((x, block) => t5Block(layers, config, block, x, bias), embedded);
  return layers.rmsNorm('encoder.final_layer_norm', states);
}

function t5Block(layers: Layers, config: T5EncoderConfig, block: number, x: tf.Tensor3D, bias: tf.Tensor): tf.Tensor3D {
  const { attention: first, feedForward: second } = t5Prefixes(block);
  const normed = layers.rmsNorm(`${first}.layer_norm`, x);
  const projected = (name: string): tf.Tensor3D => layers.linear(`${first}.SelfAttention.${name}`, normed);
  const mixed = attention(projected('q'), projected('k'), projected('v'), config.num_heads, { bias, scale: 1 });
  const attended: tf.Tensor3D = tf.add(x, layers.linear(`${first}.SelfAttention.o`, mixed));
  return tf.add(
    attended,
    feedForward(layers, `${second}.DenseReluDense`, layers.rmsNorm(`${second}.layer_norm`, attended), isGated(config)),
  );
}

function feedForward(layers: Layers, prefix: string, x: tf.Tensor3D, gated: boolean): tf.Tensor3D {
  if (!gated) return layers.linear(`${prefix}.wo`, layers.activation(layers.linear(`${prefix}.wi`, x)));
  const gate = layers.activation(layers.linear(`${prefix}.wi_0`, x));
  return layers.linear(`${prefix}.wo`, tf.mul(gate, layers.linear(`${prefix}.wi_1`, x)));
}

/** What distances add to the scores of each head: `[1, heads, tokens, tokens]`. */
function distanceBias(layers: Layers, config: T5EncoderConfig, tokens: number): tf.Tensor4D {
  const buckets = distanceBuckets(tokens, {
    buckets: config.relative_attention_num_buckets,
    mostDistance: config.relative_attention_max_distance,
  });
  const table = layers.weight(`${POSITIONS}.weight`) as tf.Tensor2D;
  const found = embeddingLookup(table, tf.tensor1d(buckets, 'int32'));
  return tf.reshape(tf.transpose(found, [1, 0]), [1, config.num_heads, tokens, tokens]);
}

/** `gated-gelu` is the tanh approximation, whose name came later. */
function activationOf({ feed_forward_proj: projection }: T5EncoderConfig): ActivationName {
  return projection === 'gated-gelu' ? 'gelu_new' : (projection.replace(/^gated-/, '') as ActivationName);
}
