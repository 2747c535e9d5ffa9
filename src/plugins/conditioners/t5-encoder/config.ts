import { z } from 'zod';
import { listOf, MOST, positive, whole } from '../../../core/assembly/config-numbers.js';
import { textOptions } from '../text/text-options.js';
import { withoutNotes } from '../text/transformers-json.js';

const PROJECTIONS = [
  'relu',
  'gelu',
  'gelu_new',
  'silu',
  'gated-relu',
  'gated-gelu',
  'gated-gelu_new',
  'gated-silu',
] as const;
const width = whole(MOST.width);

/** The `config.json` of transformers' T5EncoderModel, and options of ours. */
export const t5EncoderConfig = z.preprocess(
  withoutNotes,
  z.strictObject({
    architectures: listOf(z.string(), 4).nullish().describe('read and ignored: the encoder is the same in all of them'),
    vocab_size: whole(MOST.vocabulary).default(32_128).describe('token ids'),
    d_model: width.default(512).describe('width of a token'),
    d_kv: width.default(64).describe('width of a head'),
    d_ff: width.default(2048).describe('width inside the feed-forward layers'),
    num_layers: whole(MOST.layers).default(6).describe('layers'),
    num_heads: width.default(8).describe('heads of the attentions'),
    relative_attention_num_buckets: whole(MOST.width, 4)
      .default(32)
      .describe('distances that are told apart, both directions together'),
    relative_attention_max_distance: whole(MOST.width, 3).default(128).describe('distances from here on are one'),
    layer_norm_epsilon: positive().default(1e-6).describe('epsilon of the norms'),
    feed_forward_proj: z
      .enum(PROJECTIONS)
      .default('relu')
      .describe('activation of the feed-forward layers, gated or not'),
    dense_act_fn: z.string().nullish().describe('read and ignored: said by feed_forward_proj'),
    is_gated_act: z.boolean().nullish().describe('read and ignored: said by feed_forward_proj'),
    eos_token_id: z
      .int()
      .min(0)
      .max(MOST.vocabulary)
      .nullish()
      .describe('read and ignored: the tokenizer says the end'),
    max_tokens: whole(MOST.tokens, 2)
      .default(256)
      .describe('ours: tokens of a text, its end included; shorter ones are padded'),
    attention_mask: z
      .boolean()
      .default(false)
      .describe('ours: no token attends to padding, and `encoder_attention_mask` says where it is (PixArt)'),
    lower_case: z.boolean().default(false).describe('ours: texts are trimmed and written in lower case first (PixArt)'),
    ...textOptions,
  }),
);

/** A checked config with all defaults. */
export type T5EncoderConfig = z.output<typeof t5EncoderConfig>;
