import { z } from 'zod';
import { MOST, positive, seedNumber, whole } from '../../../core/assembly/config-numbers.js';
import { FEED_FORWARD_ACTIVATIONS } from '../../../core/networks/feed-forward.js';
import { withoutNotes } from '../../../core/networks/model-config.js';
import { checkPatches, unusedKeys } from '../transformer-config.js';

const fields = z.strictObject({
  num_attention_heads: whole(MOST.width).default(16).describe('heads of each attention'),
  attention_head_dim: whole(MOST.width).default(72).describe('width of one head'),
  in_channels: whole(MOST.width).default(4).describe('channels of the noisy sample'),
  out_channels: whole(MOST.width)
    .nullish()
    .describe(
      'channels of the output; as many as of the sample where absent, twice as many where it learns the variance',
    ),
  num_layers: whole(MOST.layers).default(28).describe('transformer blocks'),
  attention_bias: z.boolean().default(true).describe('biases of queries, keys and values'),
  sample_size: whole(MOST.side).default(32).describe('height and width that positions are counted in'),
  patch_size: whole(MOST.side).default(2).describe('height and width of a patch'),
  activation_fn: z.enum(FEED_FORWARD_ACTIVATIONS).default('gelu-approximate').describe('between the two linear layers'),
  num_embeds_ada_norm: whole(MOST.classes - 1)
    .default(1000)
    .describe('classes; the table has one row more, for no class'),
  norm_type: z.literal('ada_norm_zero').default('ada_norm_zero').describe('adaptive norms, one embedding a block'),
  norm_elementwise_affine: z.boolean().default(false).describe('scale and shift of the norm before the linear layers'),
  norm_eps: positive().default(1e-5).describe('epsilon of that norm; the others have 1e-6'),
  ...unusedKeys,
  cross_attention_dim: z.null().optional().describe('this network reads no text'),
  caption_channels: z.null().optional().describe('this network reads no text'),
  interpolation_scale: z.null().optional().describe('positions are not scaled'),
  use_additional_conditions: z.literal(false).nullish().describe('this network reads no sizes'),
  seed: seedNumber().default(0).describe('ours: seed of the initial weights'),
});

/** A checked config with all defaults. */
export type DitConfig = z.output<typeof fields>;

/** The `config.json` of diffusers' DiTTransformer2DModel (once Transformer2DModel); any other key is an error. */
export const ditConfig = z.preprocess(withoutNotes, fields.superRefine(checkPatches));
