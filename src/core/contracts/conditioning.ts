import type { Tensor } from '@tensorflow/tfjs';
import type { NumbersColumn, Columns } from './columns.js';
import type { ParameterLayout, ParameterSet } from './parameters.js';

/** Named tensors that a denoiser reads beside `x` and time, batch first: `{ classLabels: int32 [N] }`, … */
export type Conditioning = Readonly<Record<string, Tensor>>;

/** Type and shape of one sample's part of a condition; a word stands for a size that is free. */
export interface ConditionShape {
  readonly dtype: 'float32' | 'int32';
  /** Without the batch: `[]` is one number a sample, `['tokens', 768]` a matrix of 768 columns. */
  readonly shape: readonly (number | string)[];
  /** True where a network does without it: a conditioner may leave it out. */
  readonly isOptional?: true;
}

/** Conditions by name, as a conditioner gives and a denoiser takes them. */
export type ConditionSpec = Readonly<Record<string, ConditionShape>>;

/**
 * What a conditioner's `encode` reads, as plain data: token ids, labels, pixels. Each column has a row for each sample,
 * or one row for all.
 */
export type ConditionInputs = Readonly<Record<string, NumbersColumn>>;

/** What a request keeps (`inpaint`), as networks read it that were trained to make the rest anew: a row for each sample. */
export interface InpaintedInputs {
  /** `[N, height, width, 1]` on the grid of the samples: 1 where they are made anew, else 0. */
  readonly mask: NumbersColumn;
  /** `[N, height, width, channels]`: the images in which what is made anew is grey, as samples: latents, where there is a codec. */
  readonly image: NumbersColumn;
}

/** What a conditioner may know about the batch it prepares. */
export interface ConditionContext {
  /** Number of samples. */
  readonly count: number;
  /** Which of a request's conditions it is: `conditional`, `unconditional`, or the name of a further one. Not said in training. */
  readonly side?: string;
  /** What the request says as `condition`, for the other sides of it. */
  readonly condition?: unknown;
  /** Height and width of the images of the run in pixels, where they have both. */
  readonly imageSize?: readonly [height: number, width: number];
  /** What the request keeps, made when it is asked for; absent where it keeps nothing. */
  readonly inpainted?: () => Promise<InpaintedInputs>;
}

/** What a conditioner may know in training: a keyed uniform number in [0, 1) for each sample (for dropping out). */
export interface TrainingConditionContext extends ConditionContext {
  /** The number of sample 0 … count - 1; the same each time it is asked. */
  readonly uniform: (sample: number) => number;
}

/**
 * Turns what a person asks for (a label, a text, an image) into tensors, in two parts: `prepare` and `prepareBatch` make
 * plain data of it, outside of the engine; `encode` makes conditions of that, on the engine.
 *
 * A conditioner that is a network has `parameters`: they train with the denoiser unless it says `frozen`, and what it
 * encoded once a pipeline keeps, so that the same prompt is not encoded twice.
 */
export interface Conditioner {
  /** Columns of the dataset that `prepareBatch` reads. */
  readonly reads: readonly string[];
  /** The conditions that `encode` gives; not checked where absent. */
  readonly gives?: ConditionSpec;
  /** Number of classes that it can say, the null class included, where it says classes. */
  readonly classes?: number;
  /** Weights by name, where it is a network; they live until `dispose`. */
  readonly parameters?: ParameterSet;
  /** True where training leaves `parameters` as they are. */
  readonly frozen?: boolean;
  /** How parameters lie in a checkpoint; `same` where absent. */
  readonly layout?: (name: string) => ParameterLayout;
  /** The inputs for a condition of a request. Throws `RXD_CONDITION_INVALID` for one that cannot be. */
  prepare(condition: unknown, ctx: ConditionContext): ConditionInputs | Promise<ConditionInputs>;
  /** The inputs for no condition: the unconditional side of guidance, where a request has no `negative`. Absent where there is none. */
  prepareNothing?(ctx: ConditionContext): ConditionInputs | Promise<ConditionInputs>;
  /** The inputs for a training batch, some of them dropped to those of no condition. */
  prepareBatch(columns: Columns, ctx: TrainingConditionContext): ConditionInputs | Promise<ConditionInputs>;
  /**
   * The conditions, with as many rows as the inputs have. A pure function of its arguments, compiled by the engine: once
   * for a prompt, or inside the train step.
   */
  encode(parameters: ParameterSet, inputs: Readonly<Record<string, Tensor>>): Conditioning;
  /** Frees `parameters`. */
  dispose?(): void;
}
