import { z } from 'zod';

/**
 * The largest numbers that configs and requests may hold: far above what is of use, and below what takes a machine down.
 * What several of them multiply to is estimated and held against the memory limit.
 */
export const MOST = {
  /** Entries of a table of noise levels, and training steps of a schedule. */
  trainSteps: 100_000,
  /** Steps of a sampling run. */
  steps: 10_000,
  /** Updates of a training run. */
  updates: 1_000_000_000,
  /** Samples or examples in a batch. */
  batch: 100_000,
  /** Examples of a data set. */
  examples: 10_000_000,
  /** Tokens of a text. */
  tokens: 4096,
  /** Token ids of a text encoder. */
  vocabulary: 1_000_000,
  /** Classes, the null class included. */
  classes: 100_000,
  /** Channels or units of a layer, groups, heads, numbers of a point. */
  width: 65_536,
  /** Megabytes of memory. */
  megabytes: 1_000_000,
  /** Height or width of an image. */
  side: 16_384,
  /** Layers or blocks of one kind in a row. */
  layers: 1024,
  /** Resolutions of a network. */
  levels: 16,
  /** How often something is repeated within one step. */
  repeats: 1000,
  /** Threads of one engine. */
  threads: 1024,
  /** Threads that each hold a pipeline. */
  devices: 256,
  /** Numbers that a person writes out. */
  list: 100_000,
  /** Real numbers, whatever their sign. */
  real: 1e9,
} as const;

/** Below this, divisions overflow. */
const LEAST = 1e-100;

/** A whole number from `min` to `max`. */
export const whole = (max: number, min = 1) => z.int().min(min).max(max);

/** A seed: any whole number that doubles hold exactly. */
export const seedNumber = () => z.int().min(Number.MIN_SAFE_INTEGER).max(Number.MAX_SAFE_INTEGER);

/** A real number of either sign. */
export const real = (max: number = MOST.real) => z.number().min(-max).max(max);

/** A real number above 0. */
export const positive = (max: number = MOST.real) => z.number().min(LEAST).max(max);

/** A real number that is 0 or more. */
export const nonNegative = (max: number = MOST.real) => z.number().min(0).max(max);

/** A list of `min` (1) to `max` items. */
export const listOf = <T extends z.ZodType>(item: T, max: number = MOST.list, min = 1) =>
  z.array(item).min(min).max(max);
