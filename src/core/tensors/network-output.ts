import * as tf from '@tensorflow/tfjs';
import type { NetworkOutput } from '../contracts/denoiser.js';

/** What a denoiser's `predict` gave as a record: a tensor alone is the output. Nothing is checked. */
export function networkOutput(given: tf.Tensor | NetworkOutput): NetworkOutput {
  return given instanceof tf.Tensor ? { output: given } : { ...given };
}

/** The output alone of what a denoiser's `predict` gave. Nothing is checked. */
export function outputOf(given: tf.Tensor | NetworkOutput): tf.Tensor {
  return given instanceof tf.Tensor ? given : networkOutput(given).output;
}
