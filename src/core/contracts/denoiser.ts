import type { Tensor, Tensor1D } from '@tensorflow/tfjs';
import type { Conditioning, ConditionSpec } from './conditioning.js';
import type { ParameterLayout, ParameterSet } from './parameters.js';

export type { ParameterLayout, ParametersBySlot, ParameterSet } from './parameters.js';

/** Heights and widths that a network takes beside those of its `sampleShape`. */
export interface SampleSizes {
  /** Height and width are multiples of this. */
  readonly multipleOf: number;
  /** Smallest height and width; `multipleOf` where absent. */
  readonly least?: number;
  /** Largest height and width; no more than memory holds where absent. */
  readonly most?: number;
}

/** What a denoiser says of itself. */
export interface DenoiserInfo {
  /**
   * Shape of one sample, its channels last: `[height, width, channels]` for images, `[frames, height, width, channels]` for
   * films, `[length, channels]` for sound, `[dimensions]` for points.
   */
  readonly sampleShape: readonly number[];
  /** The heights and widths that a request may ask for; only those of `sampleShape` where absent. */
  readonly sizes?: SampleSizes;
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
  /** The changes of itself that `predict` takes: the layers of each kind. None where absent. */
  readonly perturbations?: Readonly<Record<string, readonly string[]>>;
}

/**
 * A change inside a network for one reading of it, such as `{ kind: 'identity-attention', layers: ['mid_block.attentions.0'] }`:
 * what guidance by a worse version of the same network compares with.
 */
export interface Perturbation {
  /** One that the denoiser offers in `info.perturbations`. */
  readonly kind: string;
  /** The layers that are changed, of those that the denoiser offers for this kind; all of them where absent. */
  readonly layers?: readonly string[];
}

/** What `predict` gives where it has more to say than its output. Sampling takes the output alone. */
export interface NetworkOutput {
  /** The raw output, as a tensor alone would be. */
  readonly output: Tensor;
  /** Losses that training adds to the objective's mean, by name: `[]`, or `[N]`, of which the mean is taken. */
  readonly losses?: Readonly<Record<string, Tensor>>;
  /** Other tensors that an objective may read, by name: features, expert loads. */
  readonly auxiliary?: Readonly<Record<string, Tensor>>;
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
   * The network's raw output for a noisy batch, alone or with losses of its own that training adds.
   *
   * @param parameters - weights, by name
   * @param x - noisy batch `[N, ...sampleShape]`, already scaled by the parameterization
   * @param time - `[N]`, as the parameterization says it
   * @param perturbation - a change of the network for this call, one of those that `info.perturbations` offers; the run
   *   names its layers
   */
  predict(
    parameters: ParameterSet,
    x: Tensor,
    time: Tensor1D,
    conditioning: Conditioning,
    perturbation?: Required<Perturbation>,
  ): Tensor | NetworkOutput;
  /** Frees `parameters`. */
  dispose?(): void;
}
