import { z } from 'zod';
import { MOST, listOf, positive, seedNumber, whole } from '../../../core/assembly/config-numbers.js';
import { crossedWidths } from '../../../core/networks/unet/conditional.js';
import { withoutNotes } from '../../../core/networks/model-config.js';
import {
  ACTIVATION,
  checkConditional,
  CONDITIONAL_UP,
  conditionalFields,
} from '../../../core/networks/unet/conditional-fields.js';

const side = whole(MOST.side);
const width = whole(MOST.width);
const layers = whole(MOST.layers);

const fields = z.strictObject({
  ...conditionalFields,
  sample_size: z
    .union([side, z.tuple([side, side])])
    .nullish()
    .describe('height and width; 64 where absent'),
  out_channels: width.default(4).describe('channels of the output'),
  center_input_sample: z.boolean().default(false).describe('feed 2x - 1'),
  up_block_types: listOf(z.enum(CONDITIONAL_UP), MOST.levels)
    .default(['UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D'])
    .describe('expanding path'),
  dropout: z.number().min(0).lt(1).default(0).describe('read and ignored: no dropout is applied'),
  reverse_transformer_layers_per_block: listOf(z.union([layers, listOf(layers, 65)]), MOST.levels)
    .nullish()
    .describe('transformer blocks of the expanding path; those of the contracting path in reverse where absent'),
  dual_cross_attention: z.literal(false).default(false).describe('one context only'),
  resnet_skip_time_act: z.boolean().default(false).describe('time is not activated in levels of residual resampling'),
  resnet_out_scale_factor: positive().default(1).describe('divides residual blocks of levels of residual resampling'),
  time_embedding_type: z.enum(['positional', 'fourier']).default('positional').describe('what a time becomes'),
  time_embedding_dim: width.nullish().describe('width of the time embedding; 4 (fourier: 2) times the first channels'),
  time_embedding_act_fn: ACTIVATION.nullish().describe('activation of the whole embedding'),
  timestep_post_act: ACTIVATION.nullish().describe('activation after the layers of time'),
  time_cond_proj_dim: width.nullish().describe('width of the embedding of a guidance scale (`timestep_cond`)'),
  conv_in_kernel: whole(63).default(3).describe('side of the first convolution, odd'),
  conv_out_kernel: whole(63).default(3).describe('side of the last convolution, odd'),
  attention_type: z.literal('default').default('default').describe('no gated attention'),
  class_embeddings_concat: z.boolean().default(false).describe('class embeddings stand beside that of time'),
  mid_block_only_cross_attention: z.boolean().nullish().describe('read and ignored: of another middle block'),
  cross_attention_norm: z.string().nullish().describe('read and ignored: of other blocks'),
  seed: seedNumber().default(0).describe('ours: seed of the initial weights'),
});

/** The `config.json` of diffusers' UNet2DConditionModel, for the options that this plugin has; any other value is an error. */
export const unet2dConditionConfig = z.preprocess(
  withoutNotes,
  fields.superRefine((config, ctx) => {
    const say = (path: keyof typeof config, message: string): void =>
      ctx.addIssue({ code: 'custom', path: [path], message });
    checkConditional(config, say);
    const levels = config.block_out_channels.length;
    if (config.up_block_types.length !== levels)
      say('up_block_types', `needs ${levels} entries, as block_out_channels`);
    for (const key of ['conv_in_kernel', 'conv_out_kernel'] as const)
      if (config[key] % 2 === 0) say(key, 'must be odd');
    const fourier = config.time_embedding_type === 'fourier';
    if (fourier && (config.time_embedding_dim ?? 2) % 2 !== 0) say('time_embedding_dim', 'must be even for fourier');
    if (config.in_channels < config.out_channels / 2) say('out_channels', 'must be at most twice in_channels');
    if (crossedWidths(config).size > 1)
      say('cross_attention_dim', 'must be the same for all levels that attend to tokens');
    if (config.class_embeddings_concat && config.addition_embed_type)
      say('class_embeddings_concat', 'goes with no addition_embed_type');
    checkReverse(config, say);
  }),
);

function checkReverse(
  config: z.output<typeof fields>,
  say: (path: 'reverse_transformer_layers_per_block', message: string) => void,
): void {
  const { transformer_layers_per_block: down, reverse_transformer_layers_per_block: up } = config;
  const key = 'reverse_transformer_layers_per_block';
  const levels = config.block_out_channels.length;
  if (Array.isArray(down) && down.some(Array.isArray) && !up)
    say(key, 'is needed where transformer_layers_per_block says a list for a level');
  if (up && up.length !== levels) say(key, `needs ${levels} entries, as block_out_channels`);
  const upwards = [config.layers_per_block].flat().toReversed();
  if (up?.some((level, at) => Array.isArray(level) && level.length !== (upwards[at] ?? upwards[0] ?? 1) + 1))
    say(key, 'needs one more number a level than it has layers');
}

/** Height and width of a sample. */
export function sizeOf({ sample_size: size }: Pick<UNet2DConditionConfig, 'sample_size'>): readonly [number, number] {
  return typeof size === 'object' && size !== null ? size : [size ?? 64, size ?? 64];
}

/** A checked config with all defaults. */
export type UNet2DConditionConfig = z.output<typeof fields>;
