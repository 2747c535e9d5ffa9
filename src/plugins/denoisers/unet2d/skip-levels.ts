import { headsOf, type AttentionPlan } from '../../../core/networks/attention-block.js';
import type { ResnetPlan } from '../../../core/networks/resnet-block.js';
import type { LevelPlan, upWidths } from '../../../core/networks/unet/plan.js';
import type { UNet2DConfig } from './config-fields.js';

/** Divides the sums of all blocks of these levels (NCSN++, Song et al. 2021, appendix H). */
export const SKIP_SCALE = Math.SQRT2;

const MOST_GROUPS = 32;

/** Groups of a norm: of four channels, and not more than 32. */
export const skipGroups = (channels: number): number => Math.min(Math.floor(channels / 4), MOST_GROUPS);

/** Attention of these levels, in 32 groups. */
export function attentionOfSkip(config: UNet2DConfig, prefix: string, channels: number): AttentionPlan {
  const heads = headsOf(channels, config.attention_head_dim);
  return { prefix, channels, ...heads, groups: MOST_GROUPS, scale: SKIP_SCALE };
}

/** What follows the blocks on the way down: a residual block halves the map, and the image beside it is read into it. */
export function skipDown(prefix: string, width: number): Pick<LevelPlan, 'resample' | 'sideImage'> {
  const resnet = resampler(`${prefix}.resnet_down`, width, 'half-by-filter');
  return { resample: { kind: 'resnet', resnet }, sideImage: { conv: `${prefix}.skip_conv`, channels: width } };
}

interface SkipUpLevel {
  readonly type: string;
  readonly prefix: string;
  readonly width: number;
  readonly isLast: boolean;
  readonly widths: ReturnType<typeof upWidths>;
}

/** A level on the way up: one attention after all blocks, then the map is added to the image beside it, and doubled. */
export function skipUp(config: UNet2DConfig, { type, prefix, width, isLast, widths }: SkipUpLevel): LevelPlan {
  const attends = type.startsWith('Attn');
  const blocks = widths.map(({ input, output, hidden, skip }, block) => ({
    resnet: {
      ...{ prefix: `${prefix}.resnets.${block}`, input, output, scale: SKIP_SCALE },
      // diffusers divides the skip alone where the level attends.
      groups: [
        attends ? Math.min(hidden + Math.floor(skip / 4), MOST_GROUPS) : skipGroups(input),
        skipGroups(output),
      ] as const,
    },
    ...(attends && block === widths.length - 1
      ? { attention: attentionOfSkip(config, `${prefix}.attentions.0`, width) }
      : {}),
  }));
  if (isLast) return { blocks, sideImage: { channels: width } };
  const norm = { prefix: `${prefix}.skip_norm`, groups: skipGroups(width) };
  const resnet = resampler(`${prefix}.resnet_up`, width, 'double-by-filter');
  const sideImage = { conv: `${prefix}.skip_conv`, channels: width, norm };
  return { blocks, resample: { kind: 'resnet', resnet }, sideImage };
}

function resampler(prefix: string, width: number, resample: NonNullable<ResnetPlan['resample']>): ResnetPlan {
  const groups = [skipGroups(width), skipGroups(width)] as const;
  return { prefix, input: width, output: width, scale: SKIP_SCALE, groups, resample, hasShortcut: true };
}
