import type { LiveKeys } from '../../loop/live-values.js';
import type { ReverseParts } from '../reverse-parts.js';

/** The live keys that the parts of a run declare, as `slot.key`, and what the conditioner encodes: it checks that itself. */
export function liveKeysOf({ guidance, adapters = {}, conditioner }: ReverseParts): LiveKeys {
  const declared = [
    ['guidance', guidance?.live] as const,
    ...Object.entries(adapters).map(([slot, { live }]) => [slot, live] as const),
  ];
  const asked = conditioner === undefined ? {} : { condition: isSaid, negative: isSaid };
  const ofSlots = declared.flatMap(([slot, live = {}]) =>
    Object.entries(live).map(([key, check]) => [`${slot}.${key}`, check] as const),
  );
  return { ...Object.fromEntries(ofSlots), ...asked };
}

const isSaid = (value: unknown): boolean => value !== undefined;
