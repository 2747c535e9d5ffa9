import { z } from 'zod';
import { listOf, MOST, nonNegative, positive, real, seedNumber, whole } from '../../../core/assembly/config-numbers.js';
import { withoutNotes } from '../../../core/networks/model-config.js';

const width = whole(MOST.width);
const side = whole(MOST.side);
const channels = listOf(width, MOST.levels).default([64, 64, 64, 64]);
const blocks = listOf(whole(64), MOST.levels);

const fields = z.strictObject({
  in_channels: width.default(3).describe('channels of an image that is encoded'),
  out_channels: width.default(3).describe('channels of an image that is decoded'),
  encoder_block_out_channels: channels.describe('channels of each level of the encoder'),
  decoder_block_out_channels: channels.describe('channels of each level of the decoder'),
  block_out_channels: listOf(width, MOST.levels)
    .nullish()
    .describe('read and ignored: the encoder’s, written once more'),
  act_fn: z.enum(['relu', 'silu', 'swish', 'gelu', 'mish']).default('relu').describe('activation inside the blocks'),
  upsample_fn: z.literal('nearest').default('nearest').describe('nearest neighbour'),
  latent_channels: width.default(4).describe('channels of the latents'),
  upsampling_scaling_factor: z.literal(2).default(2).describe('each level of the decoder doubles height and width'),
  num_encoder_blocks: blocks.default([1, 3, 3, 3]).describe('residual blocks of each level of the encoder'),
  num_decoder_blocks: blocks.default([3, 3, 3, 1]).describe('residual blocks of each level of the decoder'),
  latent_magnitude: nonNegative().default(3).describe('read and ignored: for latents that are stored as pictures'),
  latent_shift: real().default(0.5).describe('read and ignored: for latents that are stored as pictures'),
  force_upcast: z.boolean().default(false).describe('read and ignored: all arithmetic is float32'),
  scaling_factor: positive().default(1).describe('factor of the latents that the network gets'),
  shift_factor: real().nullish().describe('subtracted from latents before they are scaled; 0 where absent'),
  sample_size: z
    .union([side, z.tuple([side, side])])
    .default(512)
    .describe('ours: height and width of an image, where a request asks for no other one'),
  seed: seedNumber().default(0).describe('ours: seed of the initial weights'),
});

/** The `config.json` of diffusers' AutoencoderTiny. */
export const autoencoderTinyConfig = z.preprocess(
  withoutNotes,
  fields.superRefine((config, ctx) => {
    const issue = (path: keyof typeof config, message: string): void =>
      ctx.addIssue({ code: 'custom', path: [path], message });
    const levels = config.encoder_block_out_channels.length;
    for (const key of ['decoder_block_out_channels', 'num_encoder_blocks', 'num_decoder_blocks'] as const)
      if (config[key].length !== levels) issue(key, `needs ${levels} entries, as encoder_block_out_channels`);
    for (const key of ['encoder_block_out_channels', 'decoder_block_out_channels'] as const)
      if (new Set(config[key]).size > 1)
        issue(key, 'must be one number for all levels: nothing changes it between them');
    if (config.out_channels !== config.in_channels) issue('out_channels', 'must be in_channels: images come back');
    const factor = 2 ** (levels - 1);
    if (tinyImageSize(config).some((one) => one % factor !== 0))
      issue('sample_size', `must be a multiple of ${factor}: ${levels} levels halve it ${levels - 1} times`);
  }),
);

/** A checked config with all defaults. */
export type AutoencoderTinyConfig = z.output<typeof fields>;

/** Height and width of an image. */
export function tinyImageSize({
  sample_size: size,
}: Pick<AutoencoderTinyConfig, 'sample_size'>): readonly [number, number] {
  return typeof size === 'number' ? [size, size] : size;
}
