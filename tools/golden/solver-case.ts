/** Numbers and words of a scheduler's config, of its `set_timesteps` and of its `step`. */
export type SchedulerConfig = Readonly<Record<string, unknown>>;

/** Noise that one call drew; a Brownian tree also says between which sigmas. */
export type RecordedNoise = readonly number[] | { readonly z: readonly number[] };

/** One network call of a recorded run. */
interface RecordedCall {
  readonly t: number;
  /** Signal and noise scale at which the network worked. */
  readonly level: readonly [alpha: number, sigma: number];
  readonly prev: readonly number[];
  readonly noise?: RecordedNoise;
  /** Steps of a corrector before the call, each with a call of its own. */
  readonly corrections?: readonly { readonly noise: RecordedNoise; readonly x: readonly number[] }[];
}

/** One run of a scheduler that diffusers recorded: the format of `golden/solvers`. */
export interface SolverCase {
  readonly arguments: SchedulerConfig;
  readonly config: SchedulerConfig;
  readonly numInferenceSteps: number | null;
  readonly setTimesteps?: SchedulerConfig;
  readonly stepArgs?: SchedulerConfig;
  readonly space: 'vp' | 've' | 'flow' | 'edm';
  readonly prediction: string;
  readonly timesteps: readonly number[];
  readonly quirks?: readonly string[];
  readonly xT: readonly number[];
  readonly steps: readonly RecordedCall[];
  readonly final64?: readonly number[] | null;
  readonly float32Deviation?: number | null;
  /** What the second half of the network's output is everywhere. */
  readonly varianceChannel?: number;
}

/** A file of cases of one scheduler class. */
export interface SolverFile {
  readonly class: string;
  readonly cases: readonly SolverCase[];
}

/** A case that is not run, and why: a method that the package does not have. */
export class Skipped extends Error {}
