import { z } from 'zod';
import { MOST, seedNumber, whole } from '../../../core/assembly/config-numbers.js';
import { withoutNotes } from '../../../core/networks/model-config.js';

const axis = whole(MOST.width, 2).multipleOf(2);
const side = whole(MOST.side);

const fields = z.strictObject({
  patch_size: z.literal(1).default(1).describe('the sample comes in packed patches'),
  in_channels: whole(MOST.width).default(64).describe('channels of a packed patch, those of `added_channels` included'),
  out_channels: whole(MOST.width).nullish().describe('channels of the output; as many as come in where absent'),
  num_layers: whole(MOST.layers, 0).default(19).describe('joint blocks: layers of their own for image and text'),
  num_single_layers: whole(MOST.layers, 0).default(38).describe('single blocks: the same layers for image and text'),
  attention_head_dim: whole(MOST.width).default(128).describe('width of one head'),
  num_attention_heads: whole(MOST.width).default(24).describe('heads of each attention'),
  joint_attention_dim: whole(MOST.width).default(4096).describe('numbers of one token of the text'),
  pooled_projection_dim: whole(MOST.width).default(768).describe('numbers of the embedding of the whole text'),
  guidance_embeds: z.boolean().default(false).describe('reads `guidance`, the guidance scale'),
  axes_dims_rope: z
    .tuple([axis, axis, axis])
    .default([16, 56, 56])
    .describe('numbers of a head that each axis turns; together the width of a head'),
  sample_size: z
    .union([side, z.tuple([side, side])])
    .default(64)
    .describe('ours: height and width in packed patches, 1/16 of those of a picture'),
  seed: seedNumber().default(0).describe('ours: seed of the initial weights'),
});

/** A checked config with all defaults. */
export type FluxConfig = z.output<typeof fields>;

/** The `config.json` of diffusers' FluxTransformer2DModel; any other key is an error. */
export const fluxConfig = z.preprocess(
  withoutNotes,
  fields.superRefine((config, ctx) => {
    const issue = (path: keyof FluxConfig, message: string): void =>
      ctx.addIssue({ code: 'custom', path: [path], message });
    const turned = config.axes_dims_rope.reduce((sum, part) => sum + part, 0);
    if (turned !== config.attention_head_dim)
      issue('axes_dims_rope', `must add up to attention_head_dim, which is ${config.attention_head_dim}`);
    if ((config.out_channels ?? 0) > config.in_channels) issue('out_channels', 'must be at most in_channels');
  }),
);
