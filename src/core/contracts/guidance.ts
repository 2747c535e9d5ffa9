import type { NoiseLevel } from './noise-level.js';
import type { Denoised } from './sampler.js';
import type { Vector, VectorSpace } from './vector.js';

/** Which sides of the network a guidance needs at a level. */
export type GuidanceBranches = 'conditional' | 'unconditional' | 'both';

/**
 * What else a guidance may ask about `x`: the reading of a weaker network (slot `denoiser:weak`), or the gradient of a
 * classifier (role `classifier`).
 */
export type GuidanceSource = 'weak' | 'classifier';

/** What guidance remembers between calls (momentum …); flat and readonly. */
export type GuidanceState = Readonly<Record<string, Vector | number | undefined>>;

/** Live values that a plugin declared in `live`, by key, read once a step. */
export type LiveValues = Readonly<Record<string, unknown>>;

/** Everything that guidance may ask. A side that `branches` did not ask for is absent. */
export interface GuidanceContext extends VectorSpace {
  /** The step that the call belongs to, 0 … count - 1. */
  readonly index: number;
  readonly count: number;
  readonly level: NoiseLevel;
  readonly x: Vector;
  readonly conditional?: Denoised;
  readonly unconditional?: Denoised;
  /** The weaker network's reading of `x` under the same condition, computed when called; for those that ask `weak`. */
  readonly weak?: () => Denoised;
  /**
   * Gradient by `x` of the classifier's log-probability of the condition, computed when called; for those that ask
   * `classifier`.
   */
  readonly classGradient?: () => Vector;
  readonly live: LiveValues;
}

/**
 * Turns the conditional and the unconditional reading into one. Both halves come from one batched network call.
 *
 * Laws (`guidanceLaws`): pure; the result keeps `x = alpha * denoised + sigma * noise`, unless it says `moves`; where
 * all that it asks says the same, in the middle of a run, it says that too.
 */
export interface Guidance<S extends GuidanceState = GuidanceState> {
  /** Config keys that may be given as an Observable, with a check of each value. */
  readonly live?: Readonly<Record<string, (value: unknown) => boolean>>;
  /** What else `combine` asks; a run without it is refused before its first step (`RXD_COMBINATION`). */
  readonly asks?: readonly GuidanceSource[];
  /**
   * True where `denoised` and `noise` of the result belong to another sample than `x`. Only samplers that build the next
   * sample from these two, and not from `x`, then do what is meant; others are refused (`RXD_COMBINATION`).
   */
  readonly moves?: true;
  /** The sides that `combine` will need at a level; what is not needed is not computed. */
  branches(level: NoiseLevel, live: LiveValues): GuidanceBranches;
  /** What it remembers before the first call; `{}` where it remembers nothing. */
  init(): S;
  /** The one reading that the sampler sees, and what to remember. */
  combine(state: S, ctx: GuidanceContext): readonly [state: S, result: Denoised];
}
