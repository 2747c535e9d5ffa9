import type { NoiseLevel } from './noise-level.js';

/**
 * How a network is called at one level and how its output is read, as plain numbers:
 * the network sees `inputScale * x` and `time`; then `denoised = denoised.x * x + denoised.output * output` and
 * `noise = noise.x * x + noise.output * output`.
 */
export interface Preconditioning {
  /** Scale of the network's input (c_in of Karras et al. 2022). */
  readonly inputScale: number;
  /** The number that the network is given as time: an index, a continuous t, ln(sigma)/4 … */
  readonly time: number;
  readonly denoised: LinearPreconditioning;
  readonly noise: LinearPreconditioning;
}

/** Coefficients of the noisy sample `x` and of the network's `output`. */
export interface LinearPreconditioning {
  readonly x: number;
  readonly output: number;
}

/**
 * What the network predicts. One plugin serves every schedule and sampler, because all it does is say the numbers.
 *
 * Law (`parameterizationLaws`): `x = alpha * denoised + sigma * noise` for every `x` and output, where `sigma > 0`.
 */
export interface Parameterization {
  /** How to call and read the network at a level, all in plain doubles. */
  at(level: NoiseLevel): Preconditioning;
}
