import { ownBatch } from './batch-sharing.js';
import { conditionSetting } from '../conditions/condition-setting.js';
import { encodeConditions } from '../conditions/encode-conditions.js';
import type { ReverseParts } from '../reverse-parts.js';
import { ReverseRun } from './reverse-run.js';
import { disposeConditions } from '../conditions/run-conditions.js';
import { bySlot } from '../network/by-slot.js';
import { checkRunnable, checkWeights } from '../../compatibility/runnable.js';
import type { StartingPoint } from '../start/starting-point.js';

/** Encodes the conditions of a run, then opens it. Everything is freed where it fails, or is cancelled meanwhile. */
export async function openReverseRun(
  parts: ReverseParts,
  start: StartingPoint,
  cancelled?: () => boolean,
): Promise<ReverseRun> {
  checkRun(parts, start);
  const conditions = await encodeConditions(parts, start.request, conditionSetting(parts, start, cancelled));
  try {
    return new ReverseRun(parts, start, ownBatch(conditions));
  } catch (error) {
    disposeConditions(conditions);
    throw error;
  }
}

/** Throws `RXD_COMBINATION` or `RXD_PARAMETERS_MISMATCH` for a run that cannot be, before any network call. */
export function checkRun(parts: ReverseParts, start: StartingPoint): void {
  checkRunnable(parts, start.levels, start);
  checkWeights(parts, bySlot(start.request.parameters));
}
