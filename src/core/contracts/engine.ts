import type { Tensor } from '@tensorflow/tfjs';
import type { LoadedModel, ModelContent } from './model-file.js';

/** Tensors in plain records and lists: what compiled functions take and give. */
export type TensorTree = Tensor | readonly TensorTree[] | { readonly [key: string]: TensorTree };

/** Numbers as they lie in a file, in memory that belongs to whoever gets them. */
export interface StoredNumbers {
  /** `float16`: the bits of IEEE 754 half precision, in a `Uint16Array`. */
  readonly format: 'float32' | 'float16';
  readonly data: Float32Array | Uint16Array;
  /** Sides of the tensor in the file, row by row. */
  readonly sides: readonly number[];
  /** Axis `i` of the tensor in memory is axis `order[i]` of the file's; the same where absent or of another rank. */
  readonly order?: readonly number[] | undefined;
}

/** Whether an engine can run here, and why not. */
export interface EngineReport {
  readonly name: string;
  readonly available: boolean;
  /** What it runs on, or what is missing and how to get it. */
  readonly detail: string;
  /** True where it computes on a GPU that is seen, false where it is made for GPUs and sees none. */
  readonly gpu?: boolean;
}

/**
 * Brings a tfjs backend to life and makes recorded work real.
 *
 * Laws (`engineLaws`): probing never throws and starts nothing; the current backend is the former one after `start` and
 * `run`; compiled work gives what plain work gives and leaves only its results; numbers agree with tfjs's cpu backend;
 * a stopped engine refuses work and starts again.
 */
export interface Engine {
  readonly name: string;
  /** The tfjs backend that it registers. */
  readonly backend: string;
  /** Looks, but starts nothing. */
  probe(): Promise<EngineReport>;
  /** Idempotent. Rejects with `RXD_ENGINE_UNAVAILABLE`. */
  start(): Promise<void>;
  /** Runs synchronous tfjs code on this engine's backend, whatever backend was current (and is again afterwards). */
  run<T>(work: () => T): T;
  /**
   * A pure function from tensors to tensors. An eager engine runs it in a tidy; a lazy one may trace it once per
   * shape signature and replay it, so captured tensors are constants and everything that changes is an argument.
   */
  compile<I extends TensorTree, O extends TensorTree>(work: (input: I) => O): (input: I) => O;
  /**
   * A tensor of numbers as they lie in a file, which it may keep: widened and put in order by the engine itself, when they
   * are needed. Absent where it gains nothing by it: they are read number by number then.
   */
  place?(numbers: StoredNumbers): Tensor;
  /**
   * Loads a model file of another program (ONNX): where the engine's thread is ONNX Runtime, into that thread, whose values
   * it takes and gives as they are; elsewhere into one of its own. The engine is started. Absent where it cannot.
   *
   * @throws DiffusionError `RXD_FORMAT_UNSUPPORTED` where ONNX Runtime refuses the file, `RXD_DEPENDENCY_MISSING`,
   * `RXD_ENGINE_UNAVAILABLE`
   */
  loadModel?(content: ModelContent): Promise<LoadedModel>;
  /** Resolves when these tensors are computed. */
  realize(tensors: readonly Tensor[]): Promise<void>;
  /** Idempotent. */
  stop(): Promise<void>;
}
