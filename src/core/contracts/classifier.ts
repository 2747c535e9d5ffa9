import type { Tensor, Tensor1D } from '@tensorflow/tfjs';
import type { Conditioning } from './conditioning.js';
import type { ParameterSet } from './denoiser.js';

/** What a classifier says of itself. */
export interface ClassifierInfo {
  /** Shape of one sample: the denoiser's. */
  readonly sampleShape: readonly number[];
  /** Number of classes that it tells apart, without a null class. */
  readonly classes: number;
}

/**
 * A network that was trained to classify noisy samples, for classifier guidance (Dhariwal & Nichol 2021, section 4). It is
 * called as the denoiser is: `x` scaled and `time` told by the parameterization, conditions from the conditioner.
 *
 * Laws: `logProbability` is a pure function of its arguments, each sample's by itself, and tfjs can differentiate it by
 * `x` (every operation that leads from `x` to the result has a gradient); a run with one that cannot is refused.
 */
export interface Classifier {
  readonly info: ClassifierInfo;
  /** Weights, owned by the classifier: they live until `dispose`. */
  readonly parameters: ParameterSet;
  /**
   * Log-probability `[N]` of each sample's condition, given the noisy sample.
   *
   * @param parameters - weights, by name
   * @param x - noisy batch `[N, ...sampleShape]`, already scaled by the parameterization
   * @param time - `[N]`, as the parameterization says it
   * @param conditioning - the conditional side: `classLabels` int32 [N], …
   */
  logProbability(parameters: ParameterSet, x: Tensor, time: Tensor1D, conditioning: Conditioning): Tensor;
  /** Frees `parameters`. */
  dispose?(): void;
}
