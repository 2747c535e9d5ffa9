import type { AttentionPlan } from '../attention-block.js';
import type { ResnetPlan } from '../resnet-block.js';
import type { TransformerPlan } from '../transformer-block.js';

/** A residual block and what follows it: attention over pixels, or transformer blocks. */
export interface BlockPlan {
  readonly resnet: ResnetPlan;
  readonly attention?: AttentionPlan;
  readonly transformer?: TransformerPlan;
}

/** Halves or doubles the map after the blocks of a level: by a convolution, or by a residual block. */
export type ResamplePlan =
  | { readonly kind: 'convolution'; readonly prefix: string; readonly channels: number }
  | { readonly kind: 'resnet'; readonly resnet: ResnetPlan };

/**
 * The image that runs along the levels beside the map (NCSN++, Song et al. 2021, appendix H): halved and read into the
 * map on the way down, doubled and added to by the map on the way up.
 */
export interface SideImagePlan {
  /** The convolution between map and image: `...skip_conv`; absent where the level resamples nothing. */
  readonly conv?: string;
  readonly channels: number;
  /** On the way up: the norm before the convolution, and its groups. */
  readonly norm?: { readonly prefix: string; readonly groups: number };
}

/** Blocks of one level, and the resampling after them. */
export interface LevelPlan {
  readonly blocks: readonly BlockPlan[];
  readonly resample?: ResamplePlan;
  readonly sideImage?: SideImagePlan;
}

/** The blocks of a whole network, as data: what a call walks along and what the shapes of the weights follow from. */
export interface UNetPlan {
  readonly down: readonly LevelPlan[];
  /** None where the network has no middle. */
  readonly middle: readonly BlockPlan[];
  readonly up: readonly LevelPlan[];
}

/** Channels in and out of the residual blocks of a level on the way down. */
export function downWidths(
  channels: readonly number[],
  level: number,
  layers: number,
): readonly Pick<ResnetPlan, 'input' | 'output'>[] {
  const output = channels[level] ?? 1;
  const first = channels[Math.max(level - 1, 0)] ?? 1;
  return Array.from({ length: layers }, (_, block) => ({ input: block === 0 ? first : output, output }));
}

/** Channels in and out of the residual blocks of a level on the way up, each behind the map and a skip side by side. */
export function upWidths(
  channels: readonly number[],
  level: number,
  layers: number,
): readonly (Pick<ResnetPlan, 'input' | 'output'> & { readonly hidden: number; readonly skip: number })[] {
  const upwards = channels.toReversed();
  const at = (index: number): number => upwards[Math.min(Math.max(index, 0), upwards.length - 1)] ?? 1;
  const output = at(level);
  return Array.from({ length: layers + 1 }, (_, block) => {
    const hidden = block === 0 ? at(level - 1) : output;
    const skip = block === layers ? at(level + 1) : output;
    return { input: hidden + skip, output, hidden, skip };
  });
}
