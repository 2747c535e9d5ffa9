import type { Perturbation } from './denoiser.js';
import type { NoiseLevel } from './noise-level.js';
import type { Denoised } from './sampler.js';
import type { Vector, VectorSpace } from './vector.js';

/**
 * One reading of `x` that guidance asks for: which network, under which condition, and changed how. Branches of one
 * network go through it in one batched call where their conditions have the same names, types and shapes.
 */
export interface Branch {
  /** The key of its reading in `ctx.readings`; no two branches of a call have the same. */
  readonly name: string;
  /**
   * Which condition of the run the network reads: `conditional` (also where absent), `unconditional`, or one of the
   * request's further `conditions`.
   */
  readonly condition?: string;
  /** The network's slot; `denoiser` where absent. */
  readonly slot?: string;
  /** What is changed inside the network; nothing where absent. */
  readonly perturbation?: Perturbation;
}

/** What guidance remembers between calls (momentum …); flat and readonly. */
export type GuidanceState = Readonly<Record<string, Vector | number | undefined>>;

/** Live values that a plugin declared in `live`, by key, read once a step. */
export type LiveValues = Readonly<Record<string, unknown>>;

/** What `combine` sees of one network call. */
export interface GuidanceContext extends VectorSpace {
  /** The step that the call belongs to, 0 … count - 1. */
  readonly index: number;
  readonly count: number;
  readonly level: NoiseLevel;
  readonly x: Vector;
  /** What each of the `branches` says of `x`, by the branch's name. */
  readonly readings: Readonly<Record<string, Denoised>>;
  /**
   * Gradient by `x` of the classifier's log-probability of the condition, computed when called; for those that require
   * `classifier`.
   */
  readonly classGradient?: () => Vector;
  readonly live: LiveValues;
}

/**
 * Turns readings of the network into the one that the sampler sees.
 *
 * Laws (`guidanceLaws`): pure; the result keeps `x = alpha * denoised + sigma * noise`, unless it says `decouplesNoise`;
 * where all readings are the same, in the middle of a run, the result is that reading too.
 */
export interface Guidance<S extends GuidanceState = GuidanceState> {
  /** Config keys that may be given as an Observable, with a check of each value. */
  readonly live?: Readonly<Record<string, (value: unknown) => boolean>>;
  /** Roles beside networks that `combine` asks; a run without them is refused before its first step (`RXD_COMBINATION`). */
  readonly requires?: readonly 'classifier'[];
  /**
   * True where `denoised` and `noise` of the result belong to another sample than `x`. Only samplers that build the next
   * sample from these two, and not from `x`, then do what is meant; others are refused (`RXD_COMBINATION`).
   */
  readonly decouplesNoise?: true;
  /**
   * The readings that `combine` needs at a level; what is not asked for is not computed. At least one, unless what it
   * remembers is enough: then no network is called.
   *
   * @param remembered - what `combine` left; absent where the way of a run is looked at before its first step
   */
  branches(level: NoiseLevel, live: LiveValues, remembered?: GuidanceState): readonly Branch[];
  /** What it remembers before the first call; `{}` where it remembers nothing. */
  init(): S;
  /** The one reading that the sampler sees, and what to remember. */
  combine(state: S, ctx: GuidanceContext): readonly [state: S, result: Denoised];
}
