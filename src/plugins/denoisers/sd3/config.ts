import { z } from 'zod';
import { listOf, MOST, seedNumber, whole } from '../../../core/assembly/config-numbers.js';
import { withoutNotes } from '../../../core/networks/model-config.js';
import { checkPatches } from '../transformer-config.js';

const fields = z.strictObject({
  sample_size: whole(MOST.side).default(128).describe('height and width that positions are counted in'),
  patch_size: whole(MOST.side).default(2).describe('height and width of a patch'),
  in_channels: whole(MOST.width).default(16).describe('channels of the noisy sample'),
  out_channels: whole(MOST.width).nullish().default(16).describe('channels of the output; null is as many as come in'),
  num_layers: whole(MOST.layers).default(18).describe('blocks; the last one drops the text'),
  attention_head_dim: whole(MOST.width).default(64).describe('width of one head'),
  num_attention_heads: whole(MOST.width).default(18).describe('heads of each attention'),
  joint_attention_dim: whole(MOST.width).default(4096).describe('numbers of one token of the text'),
  caption_projection_dim: whole(MOST.width).default(1152).describe('width of a token: heads times their width'),
  pooled_projection_dim: whole(MOST.width).default(2048).describe('numbers of the embedding of the whole text'),
  pos_embed_max_size: whole(2048).default(96).describe('patches along a side that there are positions for'),
  dual_attention_layers: listOf(z.int().min(0).max(MOST.layers), MOST.layers, 0)
    .default([])
    .describe('blocks with a second attention, of the image alone'),
  qk_norm: z.literal('rms_norm').nullish().describe('norm of queries and keys by head; none where absent'),
  seed: seedNumber().default(0).describe('ours: seed of the initial weights'),
});

/** A checked config with all defaults. */
export type Sd3Config = z.output<typeof fields>;

/** The `config.json` of diffusers' SD3Transformer2DModel; any other key is an error. */
export const sd3Config = z.preprocess(
  withoutNotes,
  fields.superRefine(checkPatches).superRefine((config, ctx) => {
    const issue = (path: keyof Sd3Config, message: string): void =>
      ctx.addIssue({ code: 'custom', path: [path], message });
    const width = config.num_attention_heads * config.attention_head_dim;
    if (config.caption_projection_dim !== width)
      issue('caption_projection_dim', `must be num_attention_heads * attention_head_dim, which is ${width}`);
    if (config.sample_size / config.patch_size > config.pos_embed_max_size)
      issue('pos_embed_max_size', 'must be at least sample_size / patch_size');
  }),
);
