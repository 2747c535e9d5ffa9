import { z } from 'zod';
import { MOST, listOf, positive, real, seedNumber, whole } from '../../../core/assembly/config-numbers.js';
import { ACTIVATION } from '../../../core/networks/unet/conditional-fields.js';

const downTypes = [
  ...(['DownBlock2D', 'AttnDownBlock2D', 'ResnetDownsampleBlock2D'] as const),
  ...(['SkipDownBlock2D', 'AttnSkipDownBlock2D'] as const),
] as const;
const upTypes = [
  ...(['UpBlock2D', 'AttnUpBlock2D', 'ResnetUpsampleBlock2D'] as const),
  ...(['SkipUpBlock2D', 'AttnSkipUpBlock2D'] as const),
] as const;
const blockType = <T extends string>(types: readonly [T, ...T[]]) =>
  z.preprocess((name) => (typeof name === 'string' ? name.replace(/^UNetRes/, '') : name), z.enum(types));
const side = whole(MOST.side);
const width = whole(MOST.width);
const resampleType = z.enum(['conv', 'resnet']).default('conv');

/** Keys of diffusers' `config.json`, each by itself. */
export const unet2dFields = z.strictObject({
  sample_size: z
    .union([side, z.tuple([side, side])])
    .nullish()
    .describe('height and width; 32 where absent'),
  in_channels: width.default(3).describe('channels of the noisy sample'),
  out_channels: width.default(3).describe('channels of the output'),
  center_input_sample: z.boolean().default(false).describe('feed 2x - 1'),
  time_embedding_type: z
    .enum(['positional', 'fourier', 'learned'])
    .default('positional')
    .describe('what a time becomes: a sinusoid, random waves of its logarithm, a row of a table'),
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
  downsample_type: resampleType.describe('how Attn blocks halve: a convolution, or a residual block'),
  upsample_type: resampleType.describe('how Attn blocks double'),
  dropout: z.number().min(0).lt(1).default(0).describe('read and ignored: no dropout is applied'),
  act_fn: ACTIVATION.default('silu').describe('activation'),
  attention_head_dim: width.nullish().default(8).describe('width of a head; null is one head of full width'),
  norm_num_groups: width.nullable().default(32).describe('groups of the group norms; null where all blocks are Skip'),
  attn_norm_num_groups: width.nullish().describe('groups of the norm before the middle attention'),
  norm_eps: positive().default(1e-5).describe('epsilon of the group norms'),
  resnet_time_scale_shift: z
    .enum(['default', 'scale_shift'])
    .default('default')
    .describe('how time enters a residual block'),
  add_attention: z.boolean().default(true).describe('attention in the middle block'),
  class_embed_type: z
    .enum(['timestep', 'identity'])
    .nullish()
    .describe('how class labels become an embedding: as times, or as they are; a table where absent'),
  num_class_embeds: whole(MOST.classes).nullish().describe('rows of the class table, the null class included'),
  num_train_timesteps: whole(MOST.trainSteps).nullish().describe('rows of a learned time embedding'),
  seed: seedNumber().default(0).describe('ours: seed of the initial weights'),
});

/** A checked config with all defaults. */
export type UNet2DConfig = z.output<typeof unet2dFields>;
