import { ownBatch } from './batch-sharing.js';
import { imageSizeOf } from '../conditions/image-size.js';
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
  const { request, seeds } = start;
  checkRun(parts, start);
  const imageSize = imageSizeOf(start.shape, parts.codec);
  const parameters = bySlot(request.parameters)['conditioner'];
  const setting = { count: seeds.length, imageSize, parameters, cancelled };
  const conditions = await encodeConditions(parts, request, setting);
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
