/** What a draw is keyed by. Two draws with equal keys are equal, whoever draws, whenever and in whatever batch. */
export interface NoiseKey {
  /** Seed of the sample. */
  readonly seed: number;
  /** What it is for: `start`, `step`, `train/noise` … */
  readonly purpose: string;
  /** Step of the run, 0 where there is none. */
  readonly step: number;
}

/**
 * Counter-based randomness: every number is a function of its key and its place.
 *
 * Law: the same bytes on every platform, engine and Node version; element `i` does not depend on the count asked.
 */
export interface NoiseSource {
  /** `count` standard normal doubles for one sample. */
  normal(key: NoiseKey, count: number): Float64Array;
  /** `count` uniform doubles in [0, 1). */
  uniform(key: NoiseKey, count: number): Float64Array;
  /** The elements `from` … `from + count - 1` of a draw, without those before; by `normal` where absent. */
  normalFrom?(key: NoiseKey, count: number, from: number): Float64Array;
  /** As `normalFrom`, of uniform doubles. */
  uniformFrom?(key: NoiseKey, count: number, from: number): Float64Array;
}
