import { headsOf, type AttentionPlan } from '../../../core/networks/attention-block.js';
import type { ResnetPlan } from '../../../core/networks/resnet-block.js';
import type { ClassPlan, EmbeddingPlan, TimeProjection } from '../../../core/networks/unet/embedding.js';
import {
  downWidths,
  upWidths,
  type BlockPlan,
  type LevelPlan,
  type ResamplePlan,
  type UNetPlan,
} from '../../../core/networks/unet/plan.js';
import type { UNet2DConfig } from './config-fields.js';
import { attentionOfSkip, skipDown, skipGroups, skipUp, SKIP_SCALE } from './skip-levels.js';

/** The whole network, as data. */
export interface UNet2DPlan extends UNetPlan {
  readonly embedding: EmbeddingPlan;
  /** Groups of the last norm. */
  readonly groups: number;
}

/** Plans a network of a config (the arrangement of diffusers' UNet2DModel). */
export function planUNet2D(config: UNet2DConfig): UNet2DPlan {
  const [first = 1] = config.block_out_channels;
  return {
    embedding: embeddingOf(config),
    groups: config.norm_num_groups ?? skipGroups(first),
    down: config.block_out_channels.map((_, level) => downLevel(config, level)),
    middle: config.mid_block_type === null ? [] : middleOf(config),
    up: config.block_out_channels.map((_, level) => upLevel(config, level)),
  };
}

function downLevel(config: UNet2DConfig, level: number): LevelPlan {
  const type = config.down_block_types[level] ?? 'DownBlock2D';
  const channels = config.block_out_channels;
  const width = channels[level] ?? 1;
  const prefix = `down_blocks.${level}`;
  const isSkip = type.includes('Skip');
  const blocks = downWidths(channels, level, config.layers_per_block).map(({ input, output }, block) => ({
    resnet: {
      ...{ prefix: `${prefix}.resnets.${block}`, input, output },
      ...(isSkip ? { scale: SKIP_SCALE, groups: [skipGroups(input), skipGroups(output)] as const } : {}),
    },
    ...attentionAfter(config, { type, prefix: `${prefix}.attentions.${block}`, width }),
  }));
  if (level === channels.length - 1) return { blocks };
  if (isSkip) return { blocks, ...skipDown(prefix, width) };
  const isResidual = isResampledByResnet(type, config.downsample_type);
  return { blocks, resample: resampling(`${prefix}.downsamplers.0`, width, isResidual && 'half') };
}

/** Levels of attention resample as the config says, others as their names do. */
function isResampledByResnet(type: string, said: UNet2DConfig['downsample_type']): boolean {
  return type.startsWith('Resnet') || (type.startsWith('Attn') && said === 'resnet');
}

function resampling(prefix: string, width: number, residual: 'half' | 'double' | false): ResamplePlan {
  if (residual === false) return { kind: 'convolution', prefix: `${prefix}.conv`, channels: width };
  return { kind: 'resnet', resnet: { prefix, input: width, output: width, resample: residual } };
}

function attentionAfter(
  config: UNet2DConfig,
  { type, prefix, width }: { readonly type: string; readonly prefix: string; readonly width: number },
): Pick<BlockPlan, 'attention'> {
  if (!type.startsWith('Attn')) return {};
  if (type.includes('Skip')) return { attention: attentionOfSkip(config, prefix, width) };
  return { attention: attentionOf(config, prefix, width, config.norm_num_groups ?? undefined) };
}

function middleOf(config: UNet2DConfig): readonly BlockPlan[] {
  const channels = config.block_out_channels.at(-1) ?? 1;
  const scale = config.mid_block_scale_factor;
  const groups = config.norm_num_groups ?? skipGroups(channels);
  const resnet = (block: number): ResnetPlan => ({
    ...{ prefix: `mid_block.resnets.${block}`, input: channels, output: channels },
    ...{ scale, groups: [groups, groups] },
  });
  const shared = config.resnet_time_scale_shift === 'default' ? groups : undefined;
  const attentionGroups = config.attn_norm_num_groups ?? shared;
  const attention = { ...attentionOf(config, 'mid_block.attentions.0', channels, attentionGroups), scale };
  return [{ resnet: resnet(0), ...(config.add_attention ? { attention } : {}) }, { resnet: resnet(1) }];
}

function upLevel(config: UNet2DConfig, level: number): LevelPlan {
  const type = config.up_block_types[level] ?? 'UpBlock2D';
  const channels = config.block_out_channels;
  const width = channels.toReversed()[level] ?? 1;
  const prefix = `up_blocks.${level}`;
  const isLast = level === channels.length - 1;
  const widths = upWidths(channels, level, config.layers_per_block);
  if (type.includes('Skip')) return skipUp(config, { type, prefix, width, isLast, widths });
  const blocks = widths.map(({ input, output }, block) => ({
    resnet: { prefix: `${prefix}.resnets.${block}`, input, output },
    ...attentionAfter(config, { type, prefix: `${prefix}.attentions.${block}`, width }),
  }));
  if (isLast) return { blocks };
  const isResidual = isResampledByResnet(type, config.upsample_type);
  return { blocks, resample: resampling(`${prefix}.upsamplers.0`, width, isResidual && 'double') };
}

function attentionOf(config: UNet2DConfig, prefix: string, channels: number, groups?: number): AttentionPlan {
  const heads = headsOf(channels, config.attention_head_dim);
  return { prefix, channels, ...heads, ...(groups === undefined ? {} : { groups }) };
}

/** Deviation of the frequencies of random waves. */
const FOURIER_SCALE = 16;

function embeddingOf(config: UNet2DConfig): EmbeddingPlan {
  const [first = 1] = config.block_out_channels;
  const classes = classesOf(config);
  return {
    projection: projectionOf(config, first),
    width: config.time_embedding_dim ?? 4 * first,
    activation: 'silu',
    ...(classes ? { classes } : {}),
  };
}

function projectionOf(config: UNet2DConfig, width: number): TimeProjection {
  const { freq_shift: freqShift, flip_sin_to_cos: flipSinToCos, num_train_timesteps: rows } = config;
  const kind = config.time_embedding_type;
  if (kind === 'positional') return { kind, width, freqShift, flipSinToCos };
  if (kind === 'learned') return { kind, rows: rows ?? 1, width };
  return { kind, frequencies: width, deviation: FOURIER_SCALE, isLog: true, flipSinToCos: false };
}

function classesOf({ class_embed_type: kind, num_class_embeds: rows }: UNet2DConfig): ClassPlan | undefined {
  if (kind) return { kind };
  return rows ? { kind: 'table', rows } : undefined;
}
