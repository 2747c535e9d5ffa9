import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { NoiseSchedule } from '../../core/contracts/noise-schedule.js';
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
  checkReadable(levels, parts.parameterization);
  checkSamplerNeeds(parts, levels);
  checkGuidanceNeeds(parts, levels);
  const isLive = Object.keys(live).some((key) => key.startsWith('guidance.'));
  if (!isLive) checkBranches(parts, withMiddles(levels, parts.schedule));
}

/** The levels, and those halfway between two of them, where samplers of several network calls a step look too. */
function withMiddles(levels: readonly NoiseLevel[], schedule: NoiseSchedule): readonly NoiseLevel[] {
  return levels.flatMap((level, i) => {
    const middle = (level.lambda + (levels[i + 1]?.lambda ?? Infinity)) / 2;
    return Number.isFinite(middle) ? [level, schedule.levelAt(middle)] : [level];
  });
}
