import { z } from 'zod';
import { MOST, positive, seedNumber, whole } from '../assembly/config-numbers.js';
import { refuseTakenNames } from './request-values.js';

const keepNoise = z.boolean().optional().describe('keep the raw noise beside the clipped estimate, as diffusers does');

const clipToRange = z.strictObject({
  range: positive().default(1).describe('estimates of the clean sample are clamped to [-range, range]'),
  keepNoise,
});

const clipToQuantile = z.strictObject({
  quantile: z.number().gt(0).max(1).describe('share of absolute values that each sample keeps (dynamic thresholding)'),
  max: positive().default(1).describe('largest bound; estimates are divided by their bound'),
  keepNoise,
});

/** How estimates of the clean sample are kept in range. */
export const clipSetting = z.union([clipToRange, clipToQuantile], {
  error: 'expected { range, keepNoise? } or { quantile, max, keepNoise? } with numbers in range',
});

/** How a codec takes large images apart. */
export const tilingSetting = z.strictObject({
  size: whole(MOST.side)
    .exactOptional()
    .describe('height and width of a tile in pixels; those of the codec where absent'),
  overlap: z.number().min(0).max(0.5).exactOptional().describe('share of a tile that overlaps with the next; 0.25'),
});

/** What a run does about what a request keeps. */
export const inpaintingSetting = z.enum(['exact', 'blended', 'network']);

/** What a recipe may say about sampling: the defaults of each request. */
export const sampleSettings = z.strictObject({
  steps: whole(MOST.steps).default(50).describe('steps of the grid'),
  count: whole(MOST.batch).default(1).describe('samples in a batch'),
  seed: seedNumber().default(0).describe('sample k has seed `seed + k`'),
  condition: z.json().optional().describe('what the conditioner understands: a label, or one for each sample'),
  negative: z.json().optional().describe('what guidance goes away from, said as `condition` is'),
  conditions: z
    .record(z.string(), z.json())
    .superRefine(refuseTakenNames)
    .optional()
    .describe('further conditions by name, for guidance that compares several'),
  height: whole(MOST.side).optional().describe('height of the samples, where the network takes others than its own'),
  width: whole(MOST.side).optional().describe('width of the samples, likewise'),
  tiling: tilingSetting.optional().describe('encodes and decodes images in tiles; in one piece where absent'),
  clip: clipSetting.optional().describe('keeps estimates of the clean sample in range; off where absent'),
  inpainting: inpaintingSetting
    .optional()
    .describe('what a run does about what `inpaint` keeps: `exact` where absent, `blended` as diffusers, or `network`'),
});

/** What a recipe may say about training. */
export const trainSettings = z.strictObject({
  steps: whole(MOST.updates).default(1000).describe('optimiser updates'),
  batchSize: whole(MOST.batch).default(64).describe('examples in a batch'),
  seed: seedNumber().default(0).describe('seed of data order, noise, times and dropped conditions'),
  tiling: tilingSetting.optional().describe('encodes images in tiles, where samples are latents'),
  latentCache: whole(MOST.megabytes, 0)
    .default(0)
    .describe('megabytes of latents that are kept, so that each image is encoded once; 0 encodes each batch'),
  checkpointEvery: whole(MOST.updates, 0)
    .default(0)
    .describe('updates between checkpoints; 0 writes one at the end only'),
  keep: whole(MOST.updates).default(2).describe('checkpoints that are kept'),
});

/** Sampling settings of a recipe. */
export type SampleSettings = z.output<typeof sampleSettings>;

/** Training settings of a recipe. */
export type TrainSettings = z.output<typeof trainSettings>;
