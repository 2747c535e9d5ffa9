import type { NoiseLevel } from './noise-level.js';

/**
 * What holds between signal and noise: variance preserving (`alpha² + sigma² = 1`), variance exploding (`alpha = 1`),
 * flow (`alpha + sigma = 1`), or sub-VP (`alpha² + sigma = 1`, with less variance than VP at every time).
 */
export type NoisePath = 'vp' | 've' | 'flow' | 'sub-vp';

/**
 * The path from data to noise: how much signal (`alpha`) and noise (`sigma`) there is at each time.
 *
 * Laws (`rxdiffusion/testing`, `scheduleLaws`): `lambda` falls strictly as `t` grows; `at(timeAt(lambda))` has that
 * `lambda`; `at(tMin)` is the least noisy level of the schedule, `at(tMax)` the noisiest; the clean level
 * (`sigma = 0`) may lie below `tMin` and is `clean`.
 */
export interface NoiseSchedule {
  readonly path: NoisePath;
  /** Number of training steps where time is an integer index 0 … trainSteps - 1; absent where time is continuous. */
  readonly trainSteps?: number;
  readonly tMin: number;
  readonly tMax: number;
  /** The level without noise, where sampling ends. */
  readonly clean: NoiseLevel;
  /** The level at time `t` in [tMin, tMax]; between two indices of a discrete schedule, linear in `lambda`. */
  at(t: number): NoiseLevel;
  /** The time at which the half log-SNR is `lambda`, clamped to [tMin, tMax]. */
  timeAt(lambda: number): number;
  /** The point of this path with exactly this `lambda` (also outside [tMin, tMax], where `t` is clamped). */
  levelAt(lambda: number): NoiseLevel;
  /** Standard deviation of the starting noise at a level (the prior): 1 on vp paths, `sigma` elsewhere. */
  priorStd(level: NoiseLevel): number;
}
