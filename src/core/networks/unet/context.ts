import * as tf from '@tensorflow/tfjs';
import type { Conditioning } from '../../contracts/conditioning.js';
import type { Layers } from '../layers.js';
import { neededCondition } from '../needed-condition.js';
import type { Context } from '../transformer-block.js';
import { readsTokens, tokenWidth } from './conditional.js';
import type { ConditionalConfig } from './conditional-fields.js';

/** Added to the scores of tokens that are masked out. */
const MASKED = -10_000;

/**
 * What the transformer blocks of a network attend to: the tokens, projected where the network does that, and the bias of
 * their mask. Nothing for a network that has no such blocks.
 *
 * @throws DiffusionError `RXD_CONDITION_INVALID` where no tokens came
 */
export function contextOf(
  layers: Layers,
  config: ConditionalConfig,
  conditioning: Conditioning,
): { readonly context?: Context } {
  if (!readsTokens(config)) return {};
  const shape = `float32 [N, tokens, ${tokenWidth(config)}]`;
  const given = neededCondition(conditioning, 'encoder_hidden_states', shape) as tf.Tensor3D;
  const tokens = config.encoder_hid_dim ? layers.linear('encoder_hid_proj', given) : given;
  const mask = conditioning['encoder_attention_mask'];
  if (mask === undefined) return { context: { tokens } };
  const bias = tf.reshape(tf.mul(tf.sub(1, mask), MASKED), [mask.shape[0] ?? 1, 1, 1, -1]);
  return { context: { tokens, bias } };
}
