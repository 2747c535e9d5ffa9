import { embeddingSpecs, linearSpecs, normSpecs, type ParameterSpecs } from '../../../core/networks/parameter-specs.js';
import type { T5EncoderConfig } from './config.js';

/** Names and shapes of all tensors, as transformers names them: nothing has a bias. */
export function t5EncoderShapes(config: T5EncoderConfig): ParameterSpecs {
  const { d_model: width, d_ff: inner } = config;
  const heads = config.num_heads * config.d_kv;
  const blocks = Array.from({ length: config.num_layers }, (_, block) => {
    const { attention, feedForward } = t5Prefixes(block);
    return {
      ...normSpecs(`${attention}.layer_norm`, width),
      ...linearSpecs(`${attention}.SelfAttention.q`, width, heads),
      ...linearSpecs(`${attention}.SelfAttention.k`, width, heads),
      ...linearSpecs(`${attention}.SelfAttention.v`, width, heads),
      ...linearSpecs(`${attention}.SelfAttention.o`, heads, width),
      ...normSpecs(`${feedForward}.layer_norm`, width),
      ...(isGated(config)
        ? {
            ...linearSpecs(`${feedForward}.DenseReluDense.wi_0`, width, inner),
            ...linearSpecs(`${feedForward}.DenseReluDense.wi_1`, width, inner),
          }
        : linearSpecs(`${feedForward}.DenseReluDense.wi`, width, inner)),
      ...linearSpecs(`${feedForward}.DenseReluDense.wo`, inner, width),
    };
  });
  const all = Object.assign(
    {},
    embeddingSpecs('shared', config.vocab_size, width),
    embeddingSpecs(POSITIONS, config.relative_attention_num_buckets, config.num_heads),
    ...blocks,
    normSpecs('encoder.final_layer_norm', width),
  ) as ParameterSpecs;
  return Object.fromEntries(Object.entries(all).filter(([name]) => !name.endsWith('.bias')));
}

/** Where the two halves of a block are. */
export const t5Prefixes = (block: number) => ({
  attention: `encoder.block.${block}.layer.0`,
  feedForward: `encoder.block.${block}.layer.1`,
});

/** The numbers that relative positions add to the scores, of all blocks. */
export const POSITIONS = 'encoder.block.0.layer.0.SelfAttention.relative_attention_bias';

/** Whether the feed-forward layers have a gate. */
export const isGated = ({ feed_forward_proj: projection }: T5EncoderConfig): boolean => projection.startsWith('gated-');
