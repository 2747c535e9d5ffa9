import { z } from 'zod';
import { MOST, positive, seedNumber, whole } from '../../../core/assembly/config-numbers.js';
import { FEED_FORWARD_ACTIVATIONS } from '../../../core/networks/feed-forward.js';
import { withoutNotes } from '../../../core/networks/model-config.js';
import { checkPatches, unusedKeys } from '../transformer-config.js';

const fields = z.strictObject({
  num_attention_heads: whole(MOST.width).default(16).describe('heads of each attention'),
  attention_head_dim: whole(MOST.width).default(72).describe('width of one head'),
  in_channels: whole(MOST.width).default(4).describe('channels of the noisy sample'),
  out_channels: whole(MOST.width).nullish().default(8).describe('channels of the output; null is as many as come in'),
  num_layers: whole(MOST.layers).default(28).describe('transformer blocks'),
  cross_attention_dim: whole(MOST.width).default(1152).describe('width of a token of the text in the blocks'),
  attention_bias: z.boolean().default(true).describe('biases of queries, keys and values'),
  sample_size: whole(MOST.side).default(128).describe('height and width that positions are counted in'),
  patch_size: whole(MOST.side).default(2).describe('height and width of a patch'),
  activation_fn: z.enum(FEED_FORWARD_ACTIVATIONS).default('gelu-approximate').describe('between the two linear layers'),
  num_embeds_ada_norm: whole(MOST.classes).nullish().describe('read and ignored: no classes are embedded'),
  norm_type: z.literal('ada_norm_single').default('ada_norm_single').describe('adaptive norms, one embedding for all'),
  norm_elementwise_affine: z.boolean().default(false).describe('scale and shift of the norms of the blocks'),
  norm_eps: positive().default(1e-6).describe('epsilon of the norms of the blocks; the last one has 1e-6'),
  interpolation_scale: positive()
    .nullish()
    .describe('divides positions; sample_size / 64, cut off, and at least 1, where absent'),
  use_additional_conditions: z
    .boolean()
    .nullish()
    .describe('reads resolution and aspect_ratio; where absent, at a sample_size of 128'),
  caption_channels: whole(MOST.width).nullish().describe('numbers of one token of the text, which is projected then'),
  ...unusedKeys,
  seed: seedNumber().default(0).describe('ours: seed of the initial weights'),
});

/** A checked config with all defaults. */
export type PixArtConfig = z.output<typeof fields>;

/** Whether a network is told the size of the picture. */
export const readsSizes = (config: Pick<PixArtConfig, 'use_additional_conditions' | 'sample_size'>): boolean =>
  config.use_additional_conditions ?? config.sample_size === 128;

/** The `config.json` of diffusers' PixArtTransformer2DModel (once Transformer2DModel); any other key is an error. */
export const pixartConfig = z.preprocess(
  withoutNotes,
  fields.superRefine(checkPatches).superRefine((config, ctx) => {
    const issue = (path: keyof PixArtConfig, message: string): void =>
      ctx.addIssue({ code: 'custom', path: [path], message });
    const width = config.num_attention_heads * config.attention_head_dim;
    if (config.caption_channels && config.cross_attention_dim !== width)
      issue('cross_attention_dim', `must be num_attention_heads * attention_head_dim, which is ${width}`);
    if (readsSizes(config) && width % 3 !== 0)
      issue('attention_head_dim', 'times num_attention_heads must be a multiple of 3: sizes are embedded in thirds');
  }),
);
