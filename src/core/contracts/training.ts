import type { Scalar, Tensor, Tensor1D } from '@tensorflow/tfjs';
import type { ParameterSet } from './denoiser.js';
import type { NoiseLevel } from './noise-level.js';
import type { NoiseSchedule } from './noise-schedule.js';
import type { Preconditioning } from './parameterization.js';

/** Chooses the level of each training sample. `u` is a uniform number in [0, 1) for that sample. */
export interface TimestepSampler {
  /** A level of the schedule with `sigma > 0`; its `t` is an index where the schedule has `trainSteps`. */
  level(schedule: NoiseSchedule, u: number): NoiseLevel;
}

/** Numbers of one training sample that a loss needs, by name. */
export type ObjectiveCoefficients = Readonly<Record<string, number>>;

/** What a loss sees: tensors `[N, ...]`, and its own coefficients as `[N]`. */
export interface ObjectiveContext {
  readonly x0: Tensor;
  readonly noise: Tensor;
  /** `alpha * x0 + sigma * noise`. */
  readonly x: Tensor;
  /** The network's raw output. */
  readonly output: Tensor;
  /** What the network gave beside its output, by name; empty or absent where it gave nothing. */
  readonly auxiliary?: Readonly<Record<string, Tensor>>;
  readonly coefficients: Readonly<Record<string, Tensor1D>>;
}

/**
 * What training minimises. Everything that depends on the level is computed in doubles by `coefficients`, outside of
 * the compiled graph, and enters `loss` as an argument.
 */
export interface Objective {
  /** The numbers of one sample; the same names at every level. */
  coefficients(level: NoiseLevel, reading: Preconditioning): ObjectiveCoefficients;
  /** Loss of each sample, `[N]`. Runs inside the compiled train step. */
  loss(ctx: ObjectiveContext): Tensor1D;
}

/** Numbers that change from step to step (learning rate, bias corrections), given to the graph as scalars. */
export type StepScalars = Readonly<Record<string, number>>;

/** Parameters and optimiser state after one update, and what to report of it. */
export interface OptimizerUpdate {
  readonly parameters: ParameterSet;
  readonly state: ParameterSet;
  /** Global norm of the gradients before clipping. */
  readonly gradientNorm: Scalar;
}

/**
 * A pure update rule; state is a flat record of tensors, saved in checkpoints under its names.
 *
 * Law (`optimizerLaws`): `update` is a pure function of its arguments and depends on the step by `scalars` only.
 */
export interface Optimizer {
  /** Micro-batches whose gradients are averaged into one update. */
  readonly accumulate: number;
  /** The state before the first update: new tensors, none of them shared with `parameters`. */
  init(parameters: ParameterSet): ParameterSet;
  /**
   * The numbers of one update.
   *
   * @param step - 0 for the first update
   */
  scalars(step: number): StepScalars;
  /** New parameters and state, with the names and shapes of the old ones; runs inside the compiled train step. */
  update(
    gradients: ParameterSet,
    state: ParameterSet,
    parameters: ParameterSet,
    scalars: Readonly<Record<string, Scalar>>,
  ): OptimizerUpdate;
  /** The learning rate of a step, for events. */
  learningRate(step: number): number;
}

/** A running average of the weights (EMA): its result is another `ParameterSet`. */
export interface Average {
  /** Weight of the old average at a step, 0 … 1. */
  decay(step: number): number;
}
