import type { SchedulerClip, SchedulerFile } from './scheduler-file.js';

/** Dynamic thresholding of a config; `undefined` where it is off. */
export function readThreshold({ config }: SchedulerFile): SchedulerClip | undefined {
  if (!config.flag('thresholding', false)) return undefined;
  const quantile = config.number('dynamic_thresholding_ratio', 0.995, { min: 0, max: 1 });
  return { quantile, max: config.number('sample_max_value', 1, { min: Number.MIN_VALUE }) };
}

/** Dynamic thresholding, else clipping to a range; `undefined` where both are off. */
export function readClip(file: SchedulerFile, clipByDefault: boolean): SchedulerClip | undefined {
  const threshold = readThreshold(file);
  if (threshold !== undefined) return threshold;
  if (!file.config.flag('clip_sample', clipByDefault)) return undefined;
  return { range: file.config.number('clip_sample_range', 1, { min: 0 }) };
}

/** The same where diffusers keeps the network's noise beside the clipped estimate. */
export function withRawNoise(file: SchedulerFile, clip: SchedulerClip | undefined): SchedulerClip | undefined {
  return clip !== undefined && file.repeats('raw-noise') ? { ...clip, keepNoise: true } : clip;
}
