import type { NoiseLevel } from './noise-level.js';
import type { NoiseSchedule } from './noise-schedule.js';
import type { PerSample, Vector, VectorSpace } from './vector.js';

/** What one reading of the network says about `x` at a level: `x = alpha * denoised + sigma * noise`. */
export interface Denoised {
  /** Estimate of the clean sample, E[x0 | x]. */
  readonly denoised: Vector;
  /** Estimate of the unit noise in `x`. */
  readonly noise: Vector;
  /**
   * Estimate of the clean sample that `noise` belongs to, `x = alpha * unguided + sigma * noise`, where guidance decouples
   * the two; else absent.
   */
  readonly unguided?: Vector;
  /** Log-variance interpolation output of networks that learn their variance, in [-1, 1]; else absent. */
  readonly variance?: Vector;
}

/** A flat, readonly record; `x` is the current sample, other fields are what the method remembers. */
export interface SamplerState {
  readonly x: Vector;
  readonly [memory: string]: Vector | PerSample | number | undefined;
}

/** Everything a sampler may ask of a run. Draws and calls are keyed, so nothing depends on time, order or batch. */
export interface StepContext extends VectorSpace {
  /** This step, 0 … count - 1. */
  readonly index: number;
  readonly count: number;
  readonly from: NoiseLevel;
  readonly to: NoiseLevel;
  /** The level that the next step leads to; absent in the last step, and where levels are found as the run goes. */
  readonly after?: NoiseLevel | undefined;
  /** Calls the network (with guidance) on `x` at a level. */
  readonly denoise: (x: Vector, level: NoiseLevel) => Denoised;
  /** Unit normal noise of this step. Equal keys in one step give equal noise. */
  readonly noise: (key?: string) => Vector;
  /**
   * Increment of the run's Brownian path from one level to another, divided by its standard deviation: the path is the
   * same whatever levels a run visits, so that more steps refine a result of an SDE solver and do not replace it.
   *
   * @param rate - clock of the path, `(alpha / sigma)^(2 rate)`: where noise is drawn at `rate` times the rate of the
   *   reverse SDE (1), the stochastic integral over a step is exactly `to.sigma * sqrt(1 - exp(-2 rate h))` of this
   */
  readonly brownian: (from: NoiseLevel, to: NoiseLevel, rate?: number) => Vector;
  /** A level of the run's schedule, by half log-SNR or by time. */
  readonly level: (at: { readonly lambda: number } | { readonly t: number }) => NoiseLevel;
}

/** What `init` may know: the grid and the vector operations. */
export interface InitContext extends VectorSpace {
  readonly levels: readonly NoiseLevel[];
}

/** What a sampler asks of its run. A run that cannot give it is refused before its first step (`RXD_COMBINATION`). */
export interface SamplerNeeds {
  /** The paths that its mathematics holds on; every path where absent. */
  readonly paths?: readonly NoiseSchedule['path'][];
  /** Fewest steps, for a method that cannot lower its order; 1 where absent. */
  readonly steps?: number;
  /** Where levels may lead: `clean` (lambda rises in each step; where absent), `noisy` (it falls), or `any`. */
  readonly towards?: 'clean' | 'noisy' | 'any';
  /** True where it reads `variance`, which only some networks learn. */
  readonly variance?: true;
  /**
   * True where the network must be distilled for it, such as a consistency model: its estimate is where a trajectory ends,
   * not the mean of the clean samples, so that samples of other networks are not distributed as their data.
   */
  readonly distilled?: true;
  /** True where it counts time in training steps, which schedules of continuous time do not have. */
  readonly trainSteps?: boolean;
}

/**
 * A reverse-process solver: pure functions over a state record (the diffrax contract).
 *
 * Laws (`samplerLaws`): the measured order of convergence on an exact Gaussian mixture is `order`; noise is drawn if the
 * sampler is `stochastic`, and samples are then distributed as noisy data are; two runs of one
 * sampler object may interleave; a batch equals its singles; what is emitted is final.
 * A sampler never imports RxJS, inversify or tfjs, never disposes, reads no clock and no global random source.
 */
export interface Sampler<S extends SamplerState = SamplerState> {
  /** Order of convergence of the deterministic part in the step size. */
  readonly order: number;
  /** Whether steps draw noise. */
  readonly stochastic: boolean;
  /** What it asks of its run; nothing where absent. */
  readonly needs?: SamplerNeeds;
  /** Network calls that the step between two levels makes; 1 where absent. */
  calls?(step: StepPosition): number;
  /**
   * The levels that a run visits, where the sampler chooses them itself: from those of the grid, whose first and last it
   * keeps. Absent where it visits the grid's.
   */
  levels?(grid: readonly NoiseLevel[], level: StepContext['level']): readonly NoiseLevel[];
  /** Present where the sampler finds its levels as it goes, and may try a step again. */
  readonly stepSize?: StepSizeController<S>;
  /** The first state, from the starting noise at the first level of the grid. */
  init(x: Vector, ctx: InitContext): S;
  /** The state after the step from `ctx.from` to `ctx.to`: a new record. */
  step(state: S, ctx: StepContext): S;
}

/** Where a step stands in its run. */
export type StepPosition = Pick<StepContext, 'index' | 'count' | 'from' | 'to' | 'after'>;

/** What `stepSize.next` may know. */
export interface StepSizeContext {
  /** The level of `state.x`. */
  readonly from: NoiseLevel;
  /** The levels of the grid; the first and the last are the ends of the run. */
  readonly levels: readonly NoiseLevel[];
  /** A level of the run's schedule. */
  readonly level: StepContext['level'];
}

/**
 * How an adaptive sampler goes from step to step: pure functions as `step` is. `step` leaves the numbers to judge it by,
 * one a sample, in the field `measure` of its state; the run reads them and asks `accept` whether the step is taken.
 * See `docs/decisions/0002-samplers-that-choose-their-levels.md`.
 */
export interface StepSizeController<S extends SamplerState = SamplerState> {
  /** Where the next step, or the next try of it, leads; `undefined` where the run is at its end. */
  next(state: S, ctx: StepSizeContext): NoiseLevel | undefined;
  /** The state to go on from: with the moved `x` where the step is taken, with the earlier one where it is not. */
  accept(tried: S, measured: readonly number[], step: StepPosition): StepDecision<S>;
}

/** A judged step. Only steps that are taken are emitted. */
export interface StepDecision<S extends SamplerState = SamplerState> {
  readonly state: S;
  readonly accepted: boolean;
}
