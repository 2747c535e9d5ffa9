import type { Tensor } from '@tensorflow/tfjs';
import type { SampleSizes } from './denoiser.js';
import type { ParameterLayout, ParameterSet } from './parameters.js';

/** What a codec says of itself. */
export interface CodecInfo {
  /** Shape of one sample as people and datasets have it: `[height, width, channels]`. */
  readonly imageShape: readonly number[];
  /** Shape of one sample as the network has it: `[height, width, channels]`, smaller. */
  readonly latentShape: readonly number[];
  /**
   * Heights and widths of images that one call takes beside those of `imageShape`, with latents that are as much smaller;
   * only its own where absent. Larger images are coded in tiles either way.
   */
  readonly sizes?: SampleSizes;
}

/**
 * Images to latents and back, so that diffusion works in a space that is smaller than pixels (latent diffusion, Rombach
 * et al. 2022). Its weights are frozen. The network sees `(encode(images) - shift) * scale`, and what it makes is decoded
 * as `decode(latents / scale + shift)`: the framework does both, so that neither half need know of it.
 *
 * Laws (`codecLaws`): both halves give float32 of the shapes that `info` says; equal calls give equal bits; a batch equals
 * its singles; weights stay as they are; `decode(encode(images))` is as close to the images as its maker says; images of
 * the `sizes` that it takes, and their latents, come out as large as they should be.
 */
export interface Codec {
  readonly info: CodecInfo;
  /** Makes latents about as large as unit noise: one over their standard deviation. Not 0. */
  readonly scale: number;
  /** Mean of the latents; 0 where they have none. */
  readonly shift: number;
  /** Weights by name, owned by the codec: they live until `dispose`. None where it has none: `{}`. */
  readonly parameters: ParameterSet;
  /** How parameters lie in a checkpoint; `same` where absent. */
  readonly layout?: (name: string) => ParameterLayout;
  /**
   * Latents `[N, ...latentShape]` of images `[N, ...imageShape]` in [-1, 1], or of one of the `sizes`. A pure function of its arguments, compiled by
   * the engine.
   */
  encode(parameters: ParameterSet, images: Tensor): Tensor;
  /**
   * Mean and standard deviation of the latents of images, side by side along the channels (`[N, …, 2 C]`), where the images
   * that a run starts from are drawn from that distribution: each sample by noise of its own, keyed by its seed. Pure too.
   * Absent where `encode` says all; then, and in training, latents are what `encode` gives.
   */
  moments?(parameters: ParameterSet, images: Tensor): Tensor;
  /** Images of latents: the way back. Pure too. */
  decode(parameters: ParameterSet, latents: Tensor): Tensor;
  /** Frees `parameters`. */
  dispose?(): void;
}
