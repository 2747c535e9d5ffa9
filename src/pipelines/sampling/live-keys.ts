import type { LiveKeys } from '../../core/loop/live-values.js';
import type { ReverseParts } from './reverse-parts.js';

/** The live keys that the parts of a run declare, as `slot.key`. */
export function liveKeysOf({ guidance, adapters = {} }: ReverseParts): LiveKeys {
  const declared = [
    ['guidance', guidance?.live] as const,
    ...Object.entries(adapters).map(([slot, { live }]) => [slot, live] as const),
  ];
  return Object.fromEntries(
    declared.flatMap(([slot, live = {}]) => Object.entries(live).map(([key, check]) => [`${slot}.${key}`, check])),
  );
}
