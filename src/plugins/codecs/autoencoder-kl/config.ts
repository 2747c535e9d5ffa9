import { z } from 'zod';
import { listOf, MOST, positive, real, seedNumber, whole } from '../../../core/assembly/config-numbers.js';
import { withoutNotes } from '../../../core/networks/model-config.js';

const DOWN = ['DownEncoderBlock2D', 'AttnDownEncoderBlock2D'] as const;
const UP = ['UpDecoderBlock2D', 'AttnUpDecoderBlock2D'] as const;
const width = whole(MOST.width);
const side = whole(MOST.side);

const fields = z.strictObject({
  in_channels: width.default(3).describe('channels of an image that is encoded'),
  out_channels: width.default(3).describe('channels of an image that is decoded'),
  down_block_types: listOf(z.enum(DOWN), MOST.levels).default(['DownEncoderBlock2D']).describe('levels of the encoder'),
  up_block_types: listOf(z.enum(UP), MOST.levels).default(['UpDecoderBlock2D']).describe('levels of the decoder'),
  block_out_channels: listOf(width, MOST.levels).default([64]).describe('channels of each level'),
  layers_per_block: whole(64).default(1).describe('residual blocks of each level; the decoder has one more'),
  act_fn: z.enum(['silu', 'swish', 'relu', 'gelu', 'mish']).default('silu').describe('activation'),
  latent_channels: width.default(4).describe('channels of the latents'),
  norm_num_groups: width.default(32).describe('groups of the group norms'),
  sample_size: z
    .union([side, z.tuple([side, side])])
    .default(32)
    .describe('height and width of an image, where a request asks for no other one'),
  scaling_factor: positive().default(0.18215).describe('factor of the latents that the network gets'),
  shift_factor: real().nullish().describe('subtracted from latents before they are scaled; 0 where absent'),
  latents_mean: listOf(real(), MOST.width).nullish().describe('mean of each channel of the latents'),
  latents_std: listOf(positive(), MOST.width).nullish().describe('standard deviation of each channel of the latents'),
  force_upcast: z.boolean().default(true).describe('read and ignored: all arithmetic is float32'),
  use_quant_conv: z.boolean().default(true).describe('a convolution after the encoder'),
  use_post_quant_conv: z.boolean().default(true).describe('a convolution before the decoder'),
  mid_block_add_attention: z.boolean().default(true).describe('attention in the middle of both halves'),
  posterior: z
    .enum(['mean', 'sample'])
    .default('mean')
    .describe(
      'ours: the latents of images that a run starts from: their mean, or drawn by the seed, as diffusers does',
    ),
  packed: whole(64)
    .default(1)
    .describe('ours: latents are packed in patches of so many by so many, as Flux has them (2)'),
  seed: seedNumber().default(0).describe('ours: seed of the initial weights'),
});

/** The `config.json` of diffusers' AutoencoderKL. */
export const autoencoderKlConfig = z.preprocess(
  withoutNotes,
  fields.superRefine((config, ctx) => {
    const levels = config.block_out_channels.length;
    const issue = (path: keyof typeof config, message: string): void =>
      ctx.addIssue({ code: 'custom', path: [path], message });
    if (config.out_channels !== config.in_channels) issue('out_channels', 'must be in_channels: images come back');
    for (const key of ['down_block_types', 'up_block_types'] as const)
      if (config[key].length !== levels) issue(key, `needs ${levels} entries, as block_out_channels`);
    if (config.block_out_channels.some((channels) => channels % config.norm_num_groups !== 0))
      issue('norm_num_groups', 'must divide every entry of block_out_channels');
    for (const key of ['latents_mean', 'latents_std'] as const)
      if (config[key] && config[key].length !== config.latent_channels)
        issue(key, `needs ${config.latent_channels} entries, as latent_channels`);
    if (!config.latents_mean !== !config.latents_std)
      issue('latents_mean', 'belongs to latents_std: give both or neither');
    const factor = 2 ** (levels - 1) * config.packed;
    if (imageSize(config).some((one) => one % factor !== 0))
      issue('sample_size', `must be a multiple of ${factor}: ${levels} levels halve it ${levels - 1} times`);
  }),
);

/** A checked config with all defaults. */
export type AutoencoderKlConfig = z.output<typeof fields>;

/** Height and width of an image. */
export function imageSize({ sample_size: size }: Pick<AutoencoderKlConfig, 'sample_size'>): readonly [number, number] {
  return typeof size === 'number' ? [size, size] : size;
}
