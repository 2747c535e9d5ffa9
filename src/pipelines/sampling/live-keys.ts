import type { LiveKeys } from '../../core/loop/live-values.js';
import type { ReverseParts } from './reverse-parts.js';

/** The live keys that the parts of a run declare, as `role.key`. */
export function liveKeysOf({ guidance }: ReverseParts): LiveKeys {
  return Object.fromEntries(Object.entries(guidance?.live ?? {}).map(([key, check]) => [`guidance.${key}`, check]));
}
