import * as tf from '@tensorflow/tfjs';
import type { ParameterSet } from '../../../core/contracts/parameters.js';
import { attention } from '../../../core/kernels/attention.js';
import { embeddingLookup } from '../../../core/kernels/embedding-lookup.js';
import { Layers } from '../../../core/networks/layers.js';
import type { ClipTextConfig } from './config.js';
import { layerPrefix } from './parameter-shapes.js';

/** What a call is to give. */
export interface ClipTextAsked {
  /** Layers that are left out at the end of the hidden states. */
  readonly skip: number;
  /** Places of the pooled states, one for each row; none where they are not asked for. */
  readonly places?: tf.Tensor | undefined;
}

/** What a call gives. */
export interface ClipTextStates {
  /** `[rows, tokens, width]`. */
  readonly hidden: tf.Tensor3D;
  /** `[rows, width]`, projected where the model has a projection. */
  readonly pooled?: tf.Tensor2D;
}

/**
 * The text encoder of CLIP: layers with the norm in front, each token attends to itself and to those before it (Radford et
 * al. 2021, section 2.4).
 *
 * @param ids - int32 `[rows, tokens]`
 */
export function clipTextStates(
  parameters: ParameterSet,
  config: ClipTextConfig,
  ids: tf.Tensor2D,
  { skip, places }: ClipTextAsked,
): ClipTextStates {
  const layers = new Layers(parameters, { activation: config.hidden_act, groups: 1, epsilon: config.layer_norm_eps });
  const normed = (x: tf.Tensor3D): tf.Tensor3D => layers.layerNorm('text_model.final_layer_norm', x);
  const isLast = config.hidden_states === 'last';
  const kept = config.num_hidden_layers - skip - (isLast ? 0 : 1);
  const depth = places === undefined && config.frozen ? kept : config.num_hidden_layers;
  let x = embedded(layers, ids);
  let hidden = x;
  const mask = causalMask(ids.shape[1]);
  for (let layer = 0; layer < depth; layer++) {
    x = encoderLayer(layers, layerPrefix(layer), x, { heads: config.num_attention_heads, mask });
    if (layer + 1 === kept) hidden = x;
  }
  const states = isLast ? normed(hidden) : hidden;
  if (places !== undefined) return { hidden: states, pooled: pooledAt(layers, parameters, normed(x), places) };
  if (config.frozen) return { hidden: states };
  // Weights behind the states that are asked for train too: their gradients are 0, and not missing.
  const behind = pooledAt(layers, parameters, normed(x), tf.zeros([ids.shape[0]], 'int32'));
  return { hidden: tf.add(states, tf.mul(tf.mean(behind), 0)) };
}

function embedded(layers: Layers, ids: tf.Tensor2D): tf.Tensor3D {
  const [rows, tokens] = ids.shape;
  const table = layers.weight('text_model.embeddings.token_embedding.weight') as tf.Tensor2D;
  const places = layers.weight('text_model.embeddings.position_embedding.weight') as tf.Tensor2D;
  const found = tf.reshape(embeddingLookup(table, tf.reshape(ids, [-1])), [rows, tokens, -1]);
  return tf.add(found, tf.slice(places, [0, 0], [tokens, -1]));
}

function encoderLayer(
  layers: Layers,
  prefix: string,
  x: tf.Tensor3D,
  { heads, mask }: { readonly heads: number; readonly mask: tf.Tensor4D },
): tf.Tensor3D {
  const first = layers.layerNorm(`${prefix}.layer_norm1`, x);
  const projected = (name: string): tf.Tensor3D => layers.linear(`${prefix}.self_attn.${name}_proj`, first);
  const mixed = attention(projected('q'), projected('k'), projected('v'), heads, { bias: mask });
  const attended = tf.add(x, layers.linear(`${prefix}.self_attn.out_proj`, mixed)) as tf.Tensor3D;
  const second = layers.layerNorm(`${prefix}.layer_norm2`, attended);
  const inner = layers.activation(layers.linear(`${prefix}.mlp.fc1`, second));
  return tf.add(attended, layers.linear(`${prefix}.mlp.fc2`, inner));
}

/** 0 where a token may look, a large negative number at those after it: `[1, 1, tokens, tokens]`. */
function causalMask(tokens: number): tf.Tensor4D {
  const data = Float32Array.from({ length: tokens * tokens }, (_, at) =>
    at % tokens > Math.floor(at / tokens) ? -1e9 : 0,
  );
  return tf.tensor4d(data, [1, 1, tokens, tokens]);
}

function pooledAt(layers: Layers, parameters: ParameterSet, states: tf.Tensor3D, places: tf.Tensor): tf.Tensor2D {
  const [, tokens] = states.shape;
  const chosen = tf.cast(tf.oneHot(tf.reshape(places, [-1, 1]), tokens), 'float32');
  const pooled: tf.Tensor2D = tf.squeeze(tf.matMul(chosen, states), [1]);
  return parameters['text_projection.weight'] === undefined ? pooled : layers.linear('text_projection', pooled);
}
