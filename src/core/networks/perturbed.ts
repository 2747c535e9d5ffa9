import type { Perturbation } from '../../core/contracts/denoiser.js';

/** Whether a call changes a layer in this way. */
export function isPerturbed(given: Required<Perturbation> | undefined, kind: string, layer: string): boolean {
  return given?.kind === kind && given.layers.includes(layer);
}
