import type { Tensor } from '@tensorflow/tfjs';
import type { LiveValues } from '../contracts/guidance.js';
import type { NoiseLevel } from '../contracts/noise-level.js';

/** Fields that every event of a sampling run has. */
interface SampleEventFields {
  /** Identity of the run: the request's `run`, else a random one. */
  readonly run: string;
  /** Number of samples in the batch. */
  readonly batch: number;
  /** Steps of the run; of an adaptive sampler those that are certain: the steps taken, and one more until the end. */
  readonly count: number;
  /** Network calls so far and of the whole run, as far as it is certain. A solver may make several a step. */
  readonly nfe: number;
  readonly totalNfe: number;
  /** The current batch, lent: valid while `next` runs. Clone it or read it into plain data to keep it. */
  readonly x: Tensor;
  /**
   * The images of latents of this run (`x`, `denoised`) where the pipeline has a codec; absent where samples are what people
   * see. Gives a new tensor, which is the caller's to dispose of.
   */
  readonly decode?: ((latents: Tensor) => Tensor) | undefined;
}

/** The run has its starting noise and has called no network yet. */
export interface SampleStart extends SampleEventFields {
  readonly kind: 'start';
  readonly seeds: readonly number[];
  /** The levels that the run visits; of an adaptive sampler those of the grid, of which it keeps the ends. */
  readonly levels: readonly NoiseLevel[];
}

/** One reverse step is done and final. */
export interface SampleStep extends SampleEventFields {
  readonly kind: 'step';
  /** 0 … count - 1: the step that was just done. */
  readonly index: number;
  readonly from: NoiseLevel;
  readonly to: NoiseLevel;
  /** Live values that this step used: recorded, so that a run can be replayed. */
  readonly live: LiveValues;
  /** The step's estimate of the clean sample, lent; made from what the step had, without another network call. */
  readonly denoised: Tensor;
}

/** The run is complete; `x` is the result, lent. */
export interface SampleEnd extends SampleEventFields {
  readonly kind: 'end';
}

/** Everything that a sampling run emits. Every sampler emits the same type. */
export type SampleEvent = SampleStart | SampleStep | SampleEnd;
