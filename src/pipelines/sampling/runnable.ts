import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import { checkBranches, checkGuidanceNeeds } from './guidance-needs.js';
import { checkReadable } from './readable-levels.js';
import type { ReverseParts } from './reverse-parts.js';
import { checkSamplerNeeds } from './sampler-needs.js';

/**
 * Throws `RXD_COMBINATION` if these parts cannot go through these levels: known before any network call.
 *
 * @param live - values that change while the run goes; which sides a guidance needs is not known before where it is live
 */
export function checkRunnable(
  parts: ReverseParts,
  levels: readonly NoiseLevel[],
  live: Readonly<Record<string, unknown>> = {},
): void {
  checkReadable(levels, parts);
  checkSamplerNeeds(parts, levels);
  checkGuidanceNeeds(parts, levels);
  const isLive = Object.keys(live).some((key) => key.startsWith('guidance.'));
  if (!isLive) checkBranches(parts, levels);
}
