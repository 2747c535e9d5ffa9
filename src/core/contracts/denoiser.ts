import type { Tensor, Tensor1D } from '@tensorflow/tfjs';
import type { Conditioning, ConditionSpec } from './conditioning.js';

/** Weights by name. Names are the checkpoint's (diffusers' where the network is one of theirs). */
export type ParameterSet = Readonly<Record<string, Tensor>>;

/**
 * How a parameter lies in a checkpoint, where that differs from memory: a convolution is `[h, w, in, out]` in memory
 * and `[out, in, h, w]` on disk, a linear layer `[in, out]` and `[out, in]`.
 */
export type ParameterLayout = 'same' | 'conv2d' | 'linear';

/** What a denoiser says of itself. */
export interface DenoiserInfo {
  /** Shape of one sample: `[height, width, channels]` for images, `[dimensions]` for points. */
  readonly sampleShape: readonly number[];
  /** Number of classes including the null class, where it takes `classLabels`. */
  readonly classes?: number;
  /** The conditions that `predict` reads, all of them; not checked where absent. */
  readonly takes?: ConditionSpec;
  /**
   * Numbers of one sample that a call holds at once, at least: by it the memory of runs is estimated. Where absent, a few
   * times the sample.
   */
  readonly activations?: number;
  /** True where the output holds twice the channels: mean, then variance. */
  readonly learnsVariance?: boolean;
}

/**
 * The network. `predict` is a pure function of its arguments: EMA weights, LoRA or a swapped checkpoint are other
 * parameter values, and what it returns is the raw output that a `Parameterization` reads.
 *
 * Laws (`denoiserLaws`): the output has the shape of `x` (twice the channels where it learns the variance); a batch
 * equals its singles; `parameters` do not change.
 */
export interface Denoiser {
  readonly info: DenoiserInfo;
  /** Initial or loaded weights, owned by the denoiser: they live until `dispose`. */
  readonly parameters: ParameterSet;
  /** How parameters lie in a checkpoint; `same` where absent. */
  readonly layout?: (name: string) => ParameterLayout;
  /**
   * The network's raw output for a noisy batch.
   *
   * @param parameters - weights, by name
   * @param x - noisy batch `[N, ...sampleShape]`, already scaled by the parameterization
   * @param time - `[N]`, as the parameterization says it
   */
  predict(parameters: ParameterSet, x: Tensor, time: Tensor1D, conditioning: Conditioning): Tensor;
  /** Frees `parameters`. */
  dispose?(): void;
}
