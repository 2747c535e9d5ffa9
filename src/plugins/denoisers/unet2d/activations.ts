import { scoresHeld } from '../../../core/kernels/query-chunks.js';
import type { LevelPlan, UNet2DPlan } from './plan.js';

/**
 * Numbers of one sample that a call holds at once, at least: the skips of the contracting path, and the largest map or
 * attention in front of them.
 */
export function activationsOf({ down, up }: UNet2DPlan, [height, width]: readonly [number, number]): number {
  const pixelsAt = (level: number): number => (height * width) / 4 ** level;
  const skips = down.reduce((sum, level, at) => sum + pixelsAt(at) * channelsOf(level), 0);
  const largest = up.map((level, at) => largestOf(level, pixelsAt(up.length - 1 - at)));
  return skips + Math.max(...largest);
}

/** Channels of all skips of a level. */
function channelsOf({ blocks }: LevelPlan): number {
  return blocks.reduce((sum, { resnet }) => sum + resnet.output, 0);
}

function largestOf({ blocks }: LevelPlan, pixels: number): number {
  const maps = blocks.map(({ resnet, attention }) => {
    const scores = attention ? scoresHeld(attention.heads, pixels, pixels) : 0;
    return Math.max(pixels * (resnet.input + resnet.output), scores);
  });
  return Math.max(...maps);
}
