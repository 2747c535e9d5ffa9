import type { Tensor } from '@tensorflow/tfjs';

/** Named tensors that a denoiser reads beside `x` and time, batch first: `{ classLabels: int32 [N] }`, … */
export type Conditioning = Readonly<Record<string, Tensor>>;

/** Type and shape of one sample's part of a condition; a word stands for a size that is free. */
export interface ConditionShape {
  readonly dtype: 'float32' | 'int32';
  /** Without the batch: `[]` is one number a sample, `['tokens', 768]` a matrix of 768 columns. */
  readonly shape: readonly (number | string)[];
}

/** Conditions by name, as a conditioner gives and a denoiser takes them. */
export type ConditionSpec = Readonly<Record<string, ConditionShape>>;

/** The two sides that guidance compares. `unconditional` is absent where the conditioner has none. */
export interface ConditionPair {
  readonly conditional: Conditioning;
  readonly unconditional?: Conditioning;
}

/** What a conditioner may know about the batch it encodes for. */
export interface ConditionContext {
  /** Number of samples. */
  readonly count: number;
}

/** What a conditioner may know in training: a keyed uniform number in [0, 1) for each sample (for dropping out). */
export interface TrainingConditionContext extends ConditionContext {
  /** The number of sample 0 … count - 1; the same each time it is asked. */
  readonly uniform: (sample: number) => number;
}

/**
 * Turns what a person asks for (a label, a text, an image) into tensors.
 * It runs inside the caller's tidy: it makes tensors and keeps none but its own parameters.
 */
export interface Conditioner {
  /** Whether `encode` gives an unconditional side. */
  readonly hasUnconditional: boolean;
  /** Number of classes that it can say, the null class included, where it says classes. */
  readonly classes?: number;
  /** The conditions that `encode` gives on each side; not checked where absent. */
  readonly gives?: ConditionSpec;
  /** Both sides for `ctx.count` samples. Throws `RXD_CONDITION_INVALID` for an input that cannot be. */
  encode(input: unknown, ctx: ConditionContext): ConditionPair;
  /** The conditions of a training batch, some of them dropped to the unconditional side. */
  encodeTraining(labels: Int32Array | undefined, ctx: TrainingConditionContext): Conditioning;
}
