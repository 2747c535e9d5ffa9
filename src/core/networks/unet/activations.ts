import { scoresHeld } from '../../kernels/query-chunks.js';
import type { BlockPlan, LevelPlan, UNetPlan } from './plan.js';

/**
 * Numbers of one sample that a call holds at once, at least: the skips of the contracting path, and the largest map or
 * attention in front of them.
 */
export function activationsOf(
  { down, up }: Pick<UNetPlan, 'down' | 'up'>,
  [height, width]: readonly [number, number],
): number {
  const pixelsAt = (level: number): number => Math.ceil((height * width) / 4 ** level);
  const skips = down.reduce((sum, level, at) => sum + pixelsAt(at) * channelsOf(level), 0);
  const largest = [
    ...down.map((level, at) => largestOf(level, pixelsAt(at))),
    ...up.map((level, at) => largestOf(level, pixelsAt(up.length - 1 - at))),
  ];
  return skips + Math.max(...largest);
}

/** Channels of all skips of a level. */
function channelsOf({ blocks }: LevelPlan): number {
  return blocks.reduce((sum, { resnet }) => sum + resnet.output, 0);
}

function largestOf({ blocks }: LevelPlan, pixels: number): number {
  return Math.max(...blocks.map((block) => largestOfBlock(block, pixels)));
}

/** Maps in and out, the scores of attention, the wide layer of transformer blocks. */
function largestOfBlock({ resnet, attention, transformer }: BlockPlan, pixels: number): number {
  const heads = attention?.heads ?? transformer?.heads;
  const scores = heads === undefined ? 0 : scoresHeld(heads, pixels, pixels);
  return Math.max(pixels * (resnet.input + resnet.output), scores, pixels * 8 * (transformer?.inner ?? 0));
}
