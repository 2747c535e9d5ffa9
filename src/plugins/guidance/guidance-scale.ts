import type { z } from 'zod';
import { real } from '../../core/assembly/config-numbers.js';
import type { Guidance, LiveValues } from '../../core/contracts/guidance.js';

/** How far a guidance goes; as the config of most of them has it. */
export const scale = real().describe(
  '1 is the conditional network, 0 the unconditional one, more exaggerates the condition; may be live',
);

/** A scale that may be live. */
export interface LiveScale {
  /** What the guidance declares as `live`. */
  readonly live: NonNullable<Guidance['live']>;
  /** The scale now: the live value, or the configured one before there is any. */
  readonly of: (live: LiveValues) => number;
}

/** The scale of a guidance, from its config or live under `key`; live values keep to the same schema. */
export function liveScale(configured: number, schema: z.ZodType<number> = scale, key = 'scale'): LiveScale {
  return {
    live: { [key]: (value) => schema.safeParse(value).success },
    of: (live) => (live[key] === undefined ? configured : schema.parse(live[key])),
  };
}
