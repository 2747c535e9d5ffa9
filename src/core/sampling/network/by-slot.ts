import { Tensor } from '@tensorflow/tfjs';
import type { ParametersBySlot, ParameterSet } from '../../contracts/denoiser.js';

/** Weights by slot: a set of tensors is the denoiser's. */
export function bySlot(parameters: ParameterSet | ParametersBySlot | undefined): ParametersBySlot {
  if (parameters === undefined) return {};
  const sets = Object.values<unknown>(parameters);
  const areSets = sets.length > 0 && !sets.some((set) => set instanceof Tensor);
  return areSets ? (parameters as ParametersBySlot) : { denoiser: parameters as ParameterSet };
}
