import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import { checkGuidanceNeeds } from './guidance-needs.js';
import { checkReadable } from './readable-levels.js';
import type { ReverseParts } from './reverse-parts.js';
import { checkSamplerNeeds } from './sampler-needs.js';

/** Throws `RXD_COMBINATION` if these parts cannot go through these levels: known before any network call. */
export function checkRunnable(parts: ReverseParts, levels: readonly NoiseLevel[]): void {
  checkReadable(levels, parts.parameterization);
  checkSamplerNeeds(parts, levels);
  checkGuidanceNeeds(parts, levels);
}
