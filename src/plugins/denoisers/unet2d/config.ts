import { z } from 'zod';
import { MOST, listOf, positive, real, seedNumber, whole } from '../../../core/assembly/config-numbers.js';
import { withoutNotes } from '../diffusers-config.js';

const downTypes = ['DownBlock2D', 'AttnDownBlock2D'] as const;
const upTypes = ['UpBlock2D', 'AttnUpBlock2D'] as const;
const blockType = <T extends string>(types: readonly [T, ...T[]]) =>
  z.preprocess((name) => (typeof name === 'string' ? name.replace(/^UNetRes/, '') : name), z.enum(types));
const side = whole(MOST.side);
const width = whole(MOST.width);
const onlyConv = z.literal('conv').default('conv');

const fields = z.strictObject({
  sample_size: z
    .union([side, z.tuple([side, side])])
    .nullish()
    .describe('height and width; 32 where absent'),
  in_channels: width.default(3).describe('channels of the noisy sample'),
  out_channels: width.default(3).describe('channels of the output'),
  center_input_sample: z.boolean().default(false).describe('feed 2x - 1'),
  time_embedding_type: z.literal('positional').default('positional').describe('sinusoid of the time'),
  time_embedding_dim: width.nullish().describe('width of the time embedding; 4 * block_out_channels[0] where absent'),
  freq_shift: real().default(0).describe('shift of the sinusoid’s frequencies'),
  flip_sin_to_cos: z.boolean().default(true).describe('cosines before sines'),
  down_block_types: listOf(blockType(downTypes), MOST.levels)
    .default(['DownBlock2D', 'AttnDownBlock2D', 'AttnDownBlock2D', 'AttnDownBlock2D'])
    .describe('contracting path'),
  mid_block_type: z
    .union([blockType(['UNetMidBlock2D']), z.null()])
    .default('UNetMidBlock2D')
    .describe('null leaves the middle out'),
  up_block_types: listOf(blockType(upTypes), MOST.levels)
    .default(['AttnUpBlock2D', 'AttnUpBlock2D', 'AttnUpBlock2D', 'UpBlock2D'])
    .describe('expanding path'),
  block_out_channels: listOf(width, MOST.levels).default([224, 448, 672, 896]).describe('channels of each level'),
  layers_per_block: whole(64).default(2).describe('residual blocks of each level'),
  mid_block_scale_factor: positive().default(1).describe('divides the outputs of the middle block'),
  downsample_padding: z
    .union([z.literal(0), z.literal(1)])
    .default(1)
    .describe('1 pads all sides, 0 right and bottom'),
  downsample_type: onlyConv.describe('stride-2 convolution'),
  upsample_type: onlyConv.describe('nearest neighbour, then convolution'),
  dropout: z.number().min(0).lt(1).default(0).describe('read and ignored: no dropout is applied'),
  act_fn: z.enum(['silu', 'swish', 'relu', 'gelu', 'mish']).default('silu').describe('activation'),
  attention_head_dim: width.nullish().default(8).describe('width of a head; null is one head of full width'),
  norm_num_groups: width.default(32).describe('groups of the group norms'),
  attn_norm_num_groups: width.nullish().describe('groups of the norm before the middle attention'),
  norm_eps: positive().default(1e-5).describe('epsilon of the group norms'),
  resnet_time_scale_shift: z
    .enum(['default', 'scale_shift'])
    .default('default')
    .describe('how time enters a residual block'),
  add_attention: z.boolean().default(true).describe('attention in the middle block'),
  class_embed_type: z.null().optional().describe('only a table of class embeddings'),
  num_class_embeds: whole(MOST.classes).nullish().describe('rows of the class table, the null class included'),
  num_train_timesteps: z.null().optional().describe('for learned time embeddings only'),
  seed: seedNumber().default(0).describe('ours: seed of the initial weights'),
});

/** The `config.json` of diffusers' UNet2DModel, for the options that this plugin has; any other value is an error. */
export const unet2dConfig = z.preprocess(
  withoutNotes,
  fields.superRefine((config, ctx) => {
    const levels = config.block_out_channels.length;
    const issue = (path: keyof typeof config, message: string): void =>
      ctx.addIssue({ code: 'custom', path: [path], message });
    if (config.down_block_types.length !== levels)
      issue('down_block_types', `needs ${levels} entries, as block_out_channels`);
    if (config.up_block_types.length !== levels)
      issue('up_block_types', `needs ${levels} entries, as block_out_channels`);
    if (config.block_out_channels.some((channels) => channels % config.norm_num_groups !== 0))
      issue('norm_num_groups', 'must divide every entry of block_out_channels');
    const [first = 1, last = 1] = [config.block_out_channels[0], config.block_out_channels.at(-1)];
    if (last % (config.attn_norm_num_groups ?? 1) !== 0)
      issue('attn_norm_num_groups', 'must divide the last entry of block_out_channels');
    if (!(config.freq_shift < Math.floor(first / 2)))
      issue('freq_shift', 'must be below half of the first entry of block_out_channels, which is 2 at least');
    const factor = 2 ** (levels - 1);
    if (sizeOf(config).some((side) => side % factor !== 0))
      issue('sample_size', `must be a multiple of ${factor}: ${levels} levels halve it ${levels - 1} times`);
  }),
);

/** Height and width of a sample. */
export function sizeOf({ sample_size: size }: Pick<UNet2DConfig, 'sample_size'>): readonly [number, number] {
  return typeof size === 'object' && size !== null ? size : [size ?? 32, size ?? 32];
}

/** A checked config with all defaults. */
export type UNet2DConfig = z.output<typeof fields>;
