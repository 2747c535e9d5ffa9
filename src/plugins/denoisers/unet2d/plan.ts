import { headsOf, type AttentionPlan } from '../../../core/networks/attention-block.js';
import type { ResnetPlan } from '../../../core/networks/resnet-block.js';
import type { UNet2DConfig } from './config.js';

/** Residual blocks of one level, each with its attention where the level has one, and the resampling after them. */
export interface LevelPlan {
  readonly blocks: readonly { readonly resnet: ResnetPlan; readonly attention?: AttentionPlan }[];
  readonly resample?: { readonly prefix: string; readonly channels: number };
}

/** The middle block. */
export interface MiddlePlan {
  readonly resnets: readonly [ResnetPlan, ResnetPlan];
  readonly attention?: AttentionPlan;
}

/** The whole network, as data: what `predict` walks along and what the shapes of the weights follow from. */
export interface UNet2DPlan {
  readonly timeWidth: number;
  readonly down: readonly LevelPlan[];
  readonly middle?: MiddlePlan;
  readonly up: readonly LevelPlan[];
}

/** Plans a network of a config (the arrangement of diffusers' UNet2DModel). */
export function planUNet2D(config: UNet2DConfig): UNet2DPlan {
  const [first = 1] = config.block_out_channels;
  return {
    timeWidth: config.time_embedding_dim ?? 4 * first,
    down: config.block_out_channels.map((_, level) => downLevel(config, level)),
    ...(config.mid_block_type === null ? {} : { middle: middleOf(config) }),
    up: config.block_out_channels.map((_, level) => upLevel(config, level)),
  };
}

function downLevel(config: UNet2DConfig, level: number): LevelPlan {
  const channels = config.block_out_channels;
  const output = channels[level] ?? 1;
  const prefix = `down_blocks.${level}`;
  const attends = config.down_block_types[level] === 'AttnDownBlock2D';
  const blocks = Array.from({ length: config.layers_per_block }, (_, block) => ({
    resnet: {
      prefix: `${prefix}.resnets.${block}`,
      input: block === 0 ? (channels[Math.max(level - 1, 0)] ?? 1) : output,
      output,
    },
    ...(attends
      ? { attention: attentionOf(config, `${prefix}.attentions.${block}`, output, config.norm_num_groups) }
      : {}),
  }));
  const last = level === channels.length - 1;
  return { blocks, ...(last ? {} : { resample: { prefix: `${prefix}.downsamplers.0.conv`, channels: output } }) };
}

function middleOf(config: UNet2DConfig): MiddlePlan {
  const channels = config.block_out_channels.at(-1) ?? 1;
  const resnet = (block: number): ResnetPlan => ({
    prefix: `mid_block.resnets.${block}`,
    input: channels,
    output: channels,
    scale: config.mid_block_scale_factor,
  });
  const shared = config.resnet_time_scale_shift === 'default' ? config.norm_num_groups : undefined;
  const groups = config.attn_norm_num_groups ?? shared;
  const attention = {
    ...attentionOf(config, 'mid_block.attentions.0', channels, groups),
    scale: config.mid_block_scale_factor,
  };
  return { resnets: [resnet(0), resnet(1)], ...(config.add_attention ? { attention } : {}) };
}

function upLevel(config: UNet2DConfig, level: number): LevelPlan {
  const channels = config.block_out_channels.toReversed();
  const at = (index: number): number => channels[Math.min(Math.max(index, 0), channels.length - 1)] ?? 1;
  const output = at(level);
  const prefix = `up_blocks.${level}`;
  const attends = config.up_block_types[level] === 'AttnUpBlock2D';
  const blocks = Array.from({ length: config.layers_per_block + 1 }, (_, block) => {
    const hidden = block === 0 ? at(level - 1) : output;
    const skip = block === config.layers_per_block ? at(level + 1) : output;
    return {
      resnet: { prefix: `${prefix}.resnets.${block}`, input: hidden + skip, output },
      ...(attends
        ? { attention: attentionOf(config, `${prefix}.attentions.${block}`, output, config.norm_num_groups) }
        : {}),
    };
  });
  const last = level === channels.length - 1;
  return { blocks, ...(last ? {} : { resample: { prefix: `${prefix}.upsamplers.0.conv`, channels: output } }) };
}

function attentionOf(config: UNet2DConfig, prefix: string, channels: number, groups?: number): AttentionPlan {
  const heads = headsOf(channels, config.attention_head_dim);
  return { prefix, channels, ...heads, ...(groups === undefined ? {} : { groups }) };
}
