import { headsOf, type AttentionPlan } from '../attention-block.js';
import type { ResnetPlan } from '../resnet-block.js';
import type { TransformerPlan } from '../transformer-block.js';
import type { CONDITIONAL_UP, ConditionalConfig } from './conditional-fields.js';
import type { ClassPlan, EmbeddingPlan } from './embedding.js';
import { downWidths, upWidths, type BlockPlan, type LevelPlan, type ResamplePlan } from './plan.js';

/** What only networks with an expanding path may say. */
interface ConditionalExtras {
  readonly up_block_types?: readonly (typeof CONDITIONAL_UP)[number][];
  /** Transformer blocks of the expanding path, its first level first. */
  readonly reverse_transformer_layers_per_block?: ConditionalConfig['transformer_layers_per_block'] | null | undefined;
  readonly resnet_skip_time_act?: boolean;
  readonly resnet_out_scale_factor?: number;
}

type Config = ConditionalConfig & ConditionalExtras;

/** What a config says of one level. */
interface Level {
  readonly layers: number;
  /** Heads of transformer blocks, or the width of a head of attention over pixels. */
  readonly heads: number;
  readonly tokens: number;
  readonly transformerLayers: number | readonly number[];
  readonly isOnlyCross: boolean;
}

/** The value of a level, of one for all or one for each. */
const at = <T>(value: T | readonly T[], level: number): T =>
  (Array.isArray(value) ? (value as readonly T[])[level] : value) as T;

function levelOf(config: Config, level: number): Level {
  return {
    layers: at(config.layers_per_block, level),
    heads: at(config.attention_head_dim, level),
    tokens: at(config.cross_attention_dim, level),
    transformerLayers: at<number | number[]>(config.transformer_layers_per_block, level),
    isOnlyCross: at(config.only_cross_attention, level),
  };
}

/** The contracting path. */
export function conditionalDown(config: Config): readonly LevelPlan[] {
  const channels = config.block_out_channels;
  return channels.map((width, index) => {
    const level = levelOf(config, index);
    const type = config.down_block_types[index] ?? 'DownBlock2D';
    const prefix = `down_blocks.${index}`;
    const residual = type === 'ResnetDownsampleBlock2D';
    const blocks = downWidths(channels, index, level.layers).map((widths, block) => ({
      resnet: { prefix: `${prefix}.resnets.${block}`, ...widths, ...(residual ? residualExtras(config) : {}) },
      ...after(config, { type, level, prefix, block, width }),
    }));
    const isLast = index === channels.length - 1;
    return {
      blocks,
      ...(isLast ? {} : { resample: resampling(config, `${prefix}.downsamplers.0`, width, residual && 'half') }),
    };
  });
}

/** The middle. */
export function conditionalMiddle(config: Config): readonly BlockPlan[] {
  const width = config.block_out_channels.at(-1) ?? 1;
  const last = levelOf(config, config.block_out_channels.length - 1);
  const scale = config.mid_block_scale_factor;
  const resnet = (block: number): ResnetPlan => ({
    ...{ prefix: `mid_block.resnets.${block}`, input: width, output: width, scale },
  });
  if (config.mid_block_type === null) return [];
  if (config.mid_block_type === 'UNetMidBlock2D') return [{ resnet: resnet(0) }];
  const level = { ...last, isOnlyCross: false };
  const transformer = transformerOf(config, { level, prefix: 'mid_block', block: 0, width });
  return [{ resnet: resnet(0), transformer }, { resnet: resnet(1) }];
}

/** The expanding path. */
export function conditionalUp(config: Config): readonly LevelPlan[] {
  const channels = config.block_out_channels;
  const deepest = channels.length - 1;
  const { reverse_transformer_layers_per_block: reverse } = config;
  return channels.map((_, index) => {
    const below = levelOf(config, deepest - index);
    const level = reverse ? { ...below, transformerLayers: at<number | number[]>(reverse, index) } : below;
    const type = config.up_block_types?.[index] ?? 'UpBlock2D';
    const prefix = `up_blocks.${index}`;
    const width = channels[deepest - index] ?? 1;
    const residual = type === 'ResnetUpsampleBlock2D';
    // diffusers counts the widths of heads of AttnUpBlock2D from the top, as those of the contracting path.
    const headed = type === 'AttnUpBlock2D' ? { ...level, heads: at(config.attention_head_dim, index) } : level;
    const blocks = upWidths(channels, index, level.layers).map(({ input, output }, block) => ({
      resnet: { prefix: `${prefix}.resnets.${block}`, input, output, ...(residual ? residualExtras(config) : {}) },
      ...after(config, { type, level: headed, prefix, block, width }),
    }));
    const isLast = index === deepest;
    return {
      blocks,
      ...(isLast ? {} : { resample: resampling(config, `${prefix}.upsamplers.0`, width, residual && 'double') }),
    };
  });
}

/** Residual blocks of levels that resample by residual blocks. */
function residualExtras({
  resnet_skip_time_act: raw,
  resnet_out_scale_factor: scale = 1,
}: Config): Partial<ResnetPlan> {
  return { scale, ...(raw ? { isTimeRaw: true } : {}) };
}

function resampling(config: Config, prefix: string, width: number, residual: 'half' | 'double' | false): ResamplePlan {
  if (residual === false) return { kind: 'convolution', prefix: `${prefix}.conv`, channels: width };
  const resnet = { prefix, input: width, output: width, resample: residual, ...residualExtras(config) };
  return { kind: 'resnet', resnet };
}

interface Place {
  readonly level: Level;
  readonly prefix: string;
  readonly block: number;
  readonly width: number;
}

/** What follows a residual block. */
function after(config: Config, place: Place & { readonly type: string }): Omit<BlockPlan, 'resnet'> {
  if (place.type.startsWith('CrossAttn')) return { transformer: transformerOf(config, place) };
  return place.type.startsWith('Attn') ? { attention: attentionOf(config, place) } : {};
}

function transformerOf(config: Config, { level, prefix, block, width }: Place): TransformerPlan {
  const { heads, tokens, transformerLayers, isOnlyCross } = level;
  return {
    prefix: `${prefix}.attentions.${block}`,
    channels: width,
    heads,
    inner: heads * Math.floor(width / heads),
    layers: at(transformerLayers, block),
    tokens,
    isLinear: config.use_linear_projection,
    isOnlyCross,
  };
}

function attentionOf({ norm_num_groups: groups }: Config, { level, prefix, block, width }: Place): AttentionPlan {
  return { prefix: `${prefix}.attentions.${block}`, channels: width, ...headsOf(width, level.heads), groups };
}

/** What time and conditions become, of the common keys. */
export function conditionalEmbedding(config: Config): EmbeddingPlan {
  const [first = 1] = config.block_out_channels;
  const { freq_shift: freqShift, flip_sin_to_cos: flipSinToCos } = config;
  const classes = classesOf(config);
  const addition = additionOf(config);
  return {
    projection: { kind: 'positional', width: first, freqShift, flipSinToCos },
    width: 4 * first,
    activation: config.act_fn,
    classActivation: config.act_fn,
    ...(classes ? { classes } : {}),
    ...(addition ? { addition } : {}),
  };
}

function classesOf(config: Config): ClassPlan | undefined {
  const { class_embed_type: kind, num_class_embeds: rows, projection_class_embeddings_input_dim: input } = config;
  if (kind === 'projection' || kind === 'simple_projection') return { kind, input: input ?? 1 };
  if (kind) return { kind };
  return rows ? { kind: 'table', rows } : undefined;
}

function additionOf(config: Config): EmbeddingPlan['addition'] {
  const { freq_shift: freqShift, flip_sin_to_cos: flipSinToCos } = config;
  if (config.addition_embed_type === 'text')
    return { kind: 'text', heads: config.addition_embed_type_num_heads, tokens: tokenWidth(config) };
  if (!config.addition_embed_type) return undefined;
  const [width = 1, input = 1] = [config.addition_time_embed_dim, config.projection_class_embeddings_input_dim].map(
    (size) => size ?? 1,
  );
  return { kind: 'text_time', width, input, freqShift, flipSinToCos };
}

/** Numbers of one token as they come. */
export function tokenWidth(config: Config): number {
  return config.encoder_hid_dim ?? [...crossedWidths(config)][0] ?? at(config.cross_attention_dim, 0);
}

/** Numbers of one token, as the transformer blocks of each level expect them: one, or the network cannot be. */
export function crossedWidths(config: Config): ReadonlySet<number> {
  const { down_block_types: down, up_block_types: up = [], cross_attention_dim: width } = config;
  const deepest = config.block_out_channels.length - 1;
  const crosses = (type: string | null | undefined): boolean => type?.includes('CrossAttn') ?? false;
  return new Set([
    ...down.flatMap((type, level) => (crosses(type) ? [at(width, level)] : [])),
    ...(crosses(config.mid_block_type) ? [at(width, deepest)] : []),
    ...up.flatMap((type, level) => (crosses(type) ? [at(width, deepest - level)] : [])),
  ]);
}

/** Whether a network looks at tokens at all. */
export function readsTokens(config: Config): boolean {
  return config.addition_embed_type === 'text' || crossedWidths(config).size > 0;
}
