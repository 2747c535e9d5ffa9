import type { ReverseParts } from '../reverse-parts.js';
import { bySlot } from '../network/by-slot.js';
import type { StartingPoint } from '../start/starting-point.js';
import type { EncodeSetting } from './encode-conditions.js';
import { imageSizeOf } from './image-size.js';
import { inpaintedOf } from './inpainted.js';

/** For whom the conditions of a run are encoded. @param cancelled - whether nobody waits for it any more */
export function conditionSetting(parts: ReverseParts, start: StartingPoint, cancelled?: () => boolean): EncodeSetting {
  return {
    count: start.seeds.length,
    imageSize: imageSizeOf(start.shape, parts.codec),
    inpainted: inpaintedOf(parts, start, cancelled),
    parameters: bySlot(start.request.parameters),
    cancelled,
  };
}
