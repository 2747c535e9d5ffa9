import { z } from 'zod';
import { MOST, listOf, positive, real, whole } from '../../assembly/config-numbers.js';

const width = whole(MOST.width);
const layers = whole(MOST.layers);

/** One value for all levels, or one for each. */
const eachLevel = <T extends z.ZodType>(value: T) => z.union([value, listOf(value, MOST.levels)]);

/** Blocks of the contracting path that networks over tokens may have. */
const CONDITIONAL_DOWN = ['DownBlock2D', 'CrossAttnDownBlock2D', 'AttnDownBlock2D', 'ResnetDownsampleBlock2D'] as const;

/** Blocks of the expanding path that networks over tokens may have. */
export const CONDITIONAL_UP = ['UpBlock2D', 'CrossAttnUpBlock2D', 'AttnUpBlock2D', 'ResnetUpsampleBlock2D'] as const;

/** Activations of blocks. */
export const ACTIVATION = z.enum(['silu', 'swish', 'relu', 'gelu', 'mish']);

/** Keys of diffusers' `config.json` that UNet2DConditionModel and ControlNetModel have in common. */
export const conditionalFields = {
  in_channels: width.default(4).describe('channels of the noisy sample'),
  flip_sin_to_cos: z.boolean().default(true).describe('cosines before sines'),
  freq_shift: real().default(0).describe('shift of the sinusoid’s frequencies'),
  down_block_types: listOf(z.enum(CONDITIONAL_DOWN), MOST.levels)
    .default(['CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D'])
    .describe('contracting path'),
  mid_block_type: z
    .enum(['UNetMidBlock2DCrossAttn', 'UNetMidBlock2D'])
    .nullable()
    .default('UNetMidBlock2DCrossAttn')
    .describe('null leaves the middle out'),
  only_cross_attention: eachLevel(z.boolean()).default(false).describe('the first attention looks at the tokens too'),
  block_out_channels: listOf(width, MOST.levels).default([320, 640, 1280, 1280]).describe('channels of each level'),
  layers_per_block: eachLevel(whole(64)).default(2).describe('residual blocks of each level'),
  downsample_padding: z
    .union([z.literal(0), z.literal(1)])
    .default(1)
    .describe('1 pads all sides, 0 right and bottom'),
  mid_block_scale_factor: positive().default(1).describe('divides the outputs of the middle block'),
  act_fn: ACTIVATION.default('silu').describe('activation'),
  norm_num_groups: width.default(32).describe('groups of the group norms'),
  norm_eps: positive().default(1e-5).describe('epsilon of the group norms'),
  cross_attention_dim: eachLevel(width).default(1280).describe('numbers of one token'),
  transformer_layers_per_block: z
    .union([layers, listOf(z.union([layers, listOf(layers, 65)]), MOST.levels)])
    .default(1)
    .describe('transformer blocks after each residual block'),
  encoder_hid_dim: width
    .nullish()
    .describe('numbers of one token before they are projected; as they come where absent'),
  encoder_hid_dim_type: z.literal('text_proj').nullish().describe('a linear layer projects the tokens'),
  attention_head_dim: eachLevel(width)
    .default(8)
    .describe('number of heads of transformer blocks (diffusers’ misnomer); width of a head in Attn blocks'),
  num_attention_heads: z.null().optional().describe('diffusers refuses any other value'),
  use_linear_projection: z.boolean().default(false).describe('transformer blocks project by linear layers'),
  class_embed_type: z
    .enum(['timestep', 'identity', 'projection', 'simple_projection'])
    .nullish()
    .describe('how class labels become an embedding; a table where absent'),
  addition_embed_type: z.enum(['text', 'text_time']).nullish().describe('what else is added to the embedding of time'),
  addition_time_embed_dim: width.nullish().describe('width of the sinusoid of each number of text_time'),
  num_class_embeds: whole(MOST.classes).nullish().describe('rows of the class table, the null class included'),
  upcast_attention: z.boolean().default(false).describe('read and ignored: all arithmetic is float32'),
  resnet_time_scale_shift: z
    .enum(['default', 'scale_shift'])
    .default('default')
    .describe('how time enters a residual block'),
  projection_class_embeddings_input_dim: width
    .nullish()
    .describe('width of what class or text_time embeddings project'),
  addition_embed_type_num_heads: width.default(64).describe('heads of the text embedding'),
} as const;

/** A checked config of the common keys, with all defaults. */
export type ConditionalConfig = z.output<z.ZodObject<typeof conditionalFields>>;

/** Says what is wrong with a config, by the key at fault. */
export type SayIssue = (path: keyof ConditionalConfig, message: string) => void;

const PER_LEVEL = [
  ...['down_block_types', 'only_cross_attention', 'layers_per_block', 'cross_attention_dim'],
  ...['transformer_layers_per_block', 'attention_head_dim'],
] as readonly (keyof ConditionalConfig)[];

/** What the schema alone cannot say of the common keys. */
export function checkConditional(config: ConditionalConfig, say: SayIssue): void {
  const channels = config.block_out_channels;
  for (const key of PER_LEVEL) {
    const value = config[key];
    if (Array.isArray(value) && value.length !== channels.length)
      say(key, `needs ${channels.length} entries, as block_out_channels`);
  }
  if (channels.some((count) => count % config.norm_num_groups !== 0))
    say('norm_num_groups', 'must divide every entry of block_out_channels');
  if (!(config.freq_shift < Math.floor((channels[0] ?? 1) / 2)))
    say('freq_shift', 'must be below half of the first entry of block_out_channels, which is 2 at least');
  const heads = [config.attention_head_dim].flat();
  if (channels.some((count, level) => (heads[level] ?? heads[0] ?? 1) > count))
    say('attention_head_dim', 'must not be above the channels of its level');
  checkEmbeddings(config, say);
}

function checkEmbeddings(config: ConditionalConfig, say: SayIssue): void {
  const { class_embed_type: kind, projection_class_embeddings_input_dim: projected } = config;
  if (kind?.endsWith('projection') && !projected)
    say('projection_class_embeddings_input_dim', `is needed for class_embed_type ${kind}`);
  if (config.encoder_hid_dim_type && !config.encoder_hid_dim)
    say('encoder_hid_dim', 'is needed for encoder_hid_dim_type text_proj');
  if (config.encoder_hid_dim && Array.isArray(config.cross_attention_dim))
    say('cross_attention_dim', 'must be one number where encoder_hid_dim is given');
  if (config.addition_embed_type === 'text_time' && !(projected && config.addition_time_embed_dim))
    say('addition_time_embed_dim', 'and projection_class_embeddings_input_dim are needed for text_time');
  else if (
    config.addition_embed_type === 'text_time' &&
    !(config.freq_shift < Math.floor((config.addition_time_embed_dim ?? 0) / 2))
  )
    say('freq_shift', 'must be below half of addition_time_embed_dim');
  const tokens = config.encoder_hid_dim ?? [config.cross_attention_dim].flat()[0] ?? 1;
  if (config.addition_embed_type === 'text' && tokens % config.addition_embed_type_num_heads !== 0)
    say('addition_embed_type_num_heads', `must divide the ${tokens} numbers of a token`);
}
