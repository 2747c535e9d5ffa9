import * as tf from '@tensorflow/tfjs';
import type { ParameterSet } from '../../core/contracts/denoiser.js';

/** Keeps `maxNorm / norm` finite where all gradients are 0; the value that torch's `clip_grad_norm_` uses. */
const NORM_EPSILON = 1e-6;

/** Euclidean norm of all gradients together. */
export function globalNorm(gradients: ParameterSet): tf.Scalar {
  const squares = Object.values(gradients).map((gradient) => tf.sum(tf.square(gradient)));
  return tf.sqrt(tf.addN(squares)) as tf.Scalar;
}

/**
 * Gradients scaled down together so that their global norm is at most `maxNorm` (Pascanu et al. 2013, algorithm 1);
 * unchanged where `maxNorm` is 0.
 */
export function clipped(gradients: ParameterSet, norm: tf.Scalar, maxNorm: number): ParameterSet {
  if (maxNorm === 0) return gradients;
  const scale = tf.minimum(tf.div(tf.scalar(maxNorm), tf.add(norm, tf.scalar(NORM_EPSILON))), tf.scalar(1));
  return Object.fromEntries(Object.entries(gradients).map(([name, gradient]) => [name, tf.mul(gradient, scale)]));
}
