import { z } from 'zod';
import { MOST, whole } from '../../core/assembly/config-numbers.js';

/** Keys of diffusers' transformers that change nothing here, each with the values that it may have. */
export const unusedKeys = {
  dropout: z.number().min(0).lt(1).default(0).describe('read and ignored: no dropout is applied'),
  norm_num_groups: whole(MOST.width).nullish().describe('read and ignored: no group norm is used'),
  upcast_attention: z.boolean().nullish().describe('read and ignored: attention is in float32'),
  attention_type: z.literal('default').nullish().describe('no further inputs of attention'),
  num_vector_embeds: z.null().optional().describe('no discrete images'),
  use_linear_projection: z.boolean().nullish().describe('read and ignored: patches are projected'),
  only_cross_attention: z.literal(false).nullish().describe('tokens attend to themselves'),
  double_self_attention: z.literal(false).nullish().describe('tokens attend to themselves once'),
};

interface Patches {
  readonly num_attention_heads: number;
  readonly attention_head_dim: number;
  readonly sample_size: number;
  readonly patch_size: number;
}

/** Refuses a size that patches do not divide, and a width that has no place for two sines and two cosines. */
export function checkPatches(config: Patches, ctx: z.RefinementCtx): void {
  const issue = (path: keyof Patches, message: string): void => ctx.addIssue({ code: 'custom', path: [path], message });
  if (config.sample_size % config.patch_size !== 0) issue('sample_size', `must be a multiple of patch_size`);
  if ((config.num_attention_heads * config.attention_head_dim) % 4 !== 0)
    issue('attention_head_dim', 'times num_attention_heads must be a multiple of 4: sines and cosines of two axes');
}
