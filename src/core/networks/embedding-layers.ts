import type * as tf from '@tensorflow/tfjs';
import { ACTIVATIONS, type ActivationName } from './activations.js';
import type { Layers } from './layers.js';
import { linearSpecs, type ParameterSpecs } from './parameter-specs.js';
import { sinusoid } from './sinusoid.js';

/** Two linear layers that make an embedding of what they are given (a sinusoid, a pooled text, each token of a caption). */
export function embeddingLayers<T extends tf.Tensor>(
  layers: Layers,
  prefix: string,
  x: T,
  activation: ActivationName = 'silu',
): T {
  const first = ACTIVATIONS[activation](layers.linear(`${prefix}.linear_1`, x));
  return layers.linear(`${prefix}.linear_2`, first) as T;
}

/** The tensors of two such layers. */
export function embeddingLayersSpecs(prefix: string, input: number, width: number): ParameterSpecs {
  return {
    ...linearSpecs(`${prefix}.linear_1`, input, width),
    ...linearSpecs(`${prefix}.linear_2`, width, width),
  };
}

/** Features of the sinusoid that transformers are told numbers by. */
export const SINUSOID_WIDTH = 256;

/** Numbers `[N]` as `[N, 256]`, cosines first. @param freqShift - see `sinusoid` */
export function numberFeatures(numbers: tf.Tensor1D, freqShift = 0): tf.Tensor2D {
  return sinusoid(numbers, { width: SINUSOID_WIDTH, freqShift, flipSinToCos: true });
}
