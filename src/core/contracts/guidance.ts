import type { NoiseLevel } from './noise-level.js';
import type { Denoised } from './sampler.js';
import type { Vector, VectorSpace } from './vector.js';

/** Which sides of the network a guidance needs at a level. */
export type GuidanceBranches = 'conditional' | 'unconditional' | 'both';

/** What guidance remembers between calls (momentum …); flat and readonly. */
export type GuidanceState = Readonly<Record<string, Vector | number | undefined>>;

/** Live values that a plugin declared in `live`, by key, read once a step. */
export type LiveValues = Readonly<Record<string, unknown>>;

/** Everything that guidance may ask. A side that `branches` did not ask for is absent. */
export interface GuidanceContext extends VectorSpace {
  readonly level: NoiseLevel;
  readonly x: Vector;
  readonly conditional?: Denoised;
  readonly unconditional?: Denoised;
  readonly live: LiveValues;
}

/**
 * Turns the conditional and the unconditional reading into one. Both halves come from one batched network call.
 *
 * Laws (`guidanceLaws`): pure; the result keeps `x = alpha * denoised + sigma * noise`.
 */
export interface Guidance<S extends GuidanceState = GuidanceState> {
  /** Config keys that may be given as an Observable, with a check of each value. */
  readonly live?: Readonly<Record<string, (value: unknown) => boolean>>;
  /** The sides that `combine` will need at a level; what is not needed is not computed. */
  branches(level: NoiseLevel, live: LiveValues): GuidanceBranches;
  /** What it remembers before the first call; `{}` where it remembers nothing. */
  init(): S;
  /** The one reading that the sampler sees, and what to remember. */
  combine(state: S, ctx: GuidanceContext): readonly [state: S, result: Denoised];
}
