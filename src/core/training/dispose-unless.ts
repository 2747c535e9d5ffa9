import * as tf from '@tensorflow/tfjs';
import type { ParameterSet } from '../contracts/denoiser.js';

/** Sets of tensors, by any name. */
type Sets = Readonly<Record<string, ParameterSet>>;

/** Frees every tensor of `spent` that `kept` does not hold: a plugin may pass a tensor through unchanged. */
export function disposeUnless(spent: Sets, kept: Sets): void {
  const held = new Set(allOf(kept));
  tf.dispose(allOf(spent).filter((tensor) => !held.has(tensor)));
}

function allOf(sets: Sets): tf.Tensor[] {
  return Object.values(sets).flatMap((set) => Object.values(set));
}
