import { headsOf, type AttentionPlan } from '../../../core/networks/attention-block.js';
import type { ResnetPlan } from '../../../core/networks/resnet-block.js';
import type { AutoencoderKlConfig } from './config.js';

/** The blocks of one level, and where the convolution of the resampling after them is. */
export interface LevelPlan {
  readonly blocks: readonly { readonly resnet: ResnetPlan; readonly attention?: AttentionPlan }[];
  readonly resample?: { readonly prefix: string; readonly channels: number };
}

/** The middle of a half: a residual block, perhaps an attention, a residual block. */
export interface MiddlePlan {
  readonly first: ResnetPlan;
  readonly attention?: AttentionPlan;
  readonly last: ResnetPlan;
}

/** The encoder or the decoder, as data. */
export interface HalfPlan {
  readonly prefix: 'encoder' | 'decoder';
  /** Channels of what comes in, of the first map, of the last one, of what goes out. */
  readonly channels: { readonly input: number; readonly first: number; readonly last: number; readonly output: number };
  readonly levels: readonly LevelPlan[];
  readonly middle: MiddlePlan;
}

/** The encoder: levels, then the middle. It gives mean and logarithm of the variance. */
export function encoderPlan(config: AutoencoderKlConfig): HalfPlan {
  const channels = config.block_out_channels;
  const at = (level: number): number => channels[Math.max(level, 0)] ?? 1;
  const levels = channels.map((output, level) => {
    const prefix = `encoder.down_blocks.${level}`;
    const attends = config.down_block_types[level] === 'AttnDownEncoderBlock2D';
    const sizes = {
      input: at(level - 1),
      output,
      count: config.layers_per_block,
      attends,
      groups: config.norm_num_groups,
    };
    const isLast = level === channels.length - 1;
    const resample = { prefix: `${prefix}.downsamplers.0.conv`, channels: output };
    return { blocks: blocksOf(prefix, sizes), ...(isLast ? {} : { resample }) };
  });
  const last = at(channels.length - 1);
  const sizes = { input: config.in_channels, first: at(0), last, output: 2 * config.latent_channels };
  return { prefix: 'encoder', channels: sizes, levels, middle: middleOf('encoder', last, config) };
}

/** The decoder: the middle, then levels. */
export function decoderPlan(config: AutoencoderKlConfig): HalfPlan {
  const channels = config.block_out_channels.toReversed();
  const at = (level: number): number => channels[Math.max(level, 0)] ?? 1;
  const levels = channels.map((output, level) => {
    const prefix = `decoder.up_blocks.${level}`;
    const attends = config.up_block_types[level] === 'AttnUpDecoderBlock2D';
    const count = config.layers_per_block + 1;
    const isLast = level === channels.length - 1;
    const resample = { prefix: `${prefix}.upsamplers.0.conv`, channels: output };
    const sizes = { input: at(level - 1), output, count, attends, groups: config.norm_num_groups };
    return { blocks: blocksOf(prefix, sizes), ...(isLast ? {} : { resample }) };
  });
  const last = at(channels.length - 1);
  const sizes = { input: config.latent_channels, first: at(0), last, output: config.out_channels };
  return { prefix: 'decoder', channels: sizes, levels, middle: middleOf('decoder', at(0), config) };
}

interface BlockSizes {
  readonly input: number;
  readonly output: number;
  readonly count: number;
  readonly attends: boolean;
  readonly groups: number;
}

function blocksOf(prefix: string, { input, output, count, attends, groups }: BlockSizes): LevelPlan['blocks'] {
  return Array.from({ length: count }, (_, block) => ({
    resnet: { prefix: `${prefix}.resnets.${block}`, input: block === 0 ? input : output, output },
    ...(attends ? { attention: attentionOf(`${prefix}.attentions.${block}`, output, groups) } : {}),
  }));
}

function middleOf(half: string, channels: number, config: AutoencoderKlConfig): MiddlePlan {
  const prefix = `${half}.mid_block`;
  const resnet = (block: number): ResnetPlan => ({
    prefix: `${prefix}.resnets.${block}`,
    input: channels,
    output: channels,
  });
  const attention = attentionOf(`${prefix}.attentions.0`, channels, config.norm_num_groups);
  return { first: resnet(0), last: resnet(1), ...(config.mid_block_add_attention ? { attention } : {}) };
}

/** One head over all channels. */
function attentionOf(prefix: string, channels: number, groups: number): AttentionPlan {
  return { prefix, channels, groups, ...headsOf(channels) };
}
