import type { Tensor } from '@tensorflow/tfjs';

/** Element types of what goes in and out of a model file. Inside it may compute with others. */
export type ModelElement =
  'float32' | 'float16' | 'bfloat16' | 'float64' | 'int32' | 'int64' | 'uint8' | 'int8' | 'bool';

/** An input or output of a model file. */
export interface ModelPort {
  readonly name: string;
  readonly type: ModelElement;
  /** A number for a side that is fixed, a word for one that is free; `undefined` where the file says no rank. */
  readonly dims: readonly (number | string)[] | undefined;
}

/** A file beside the model file that holds weights of it. */
export interface ExternalData {
  /** The name under which the model file knows it. */
  readonly location: string;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** A model file in memory, as an engine takes it: its inputs and outputs are float32, int32 or bool. */
export interface ModelContent {
  /** What errors call it. */
  readonly name: string;
  /** An ONNX file. Whoever takes the content may hand this memory on to another thread. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly external: readonly ExternalData[];
  /** Names of its inputs as callers say them. */
  readonly inputs: readonly string[];
  /** Names of inputs and outputs in these bytes, in the order of `inputs` and of the outputs that were asked for. */
  readonly edges: { readonly inputs: readonly string[]; readonly outputs: readonly string[] };
}

/**
 * A file of a network that another program computes (ONNX), as it was found: parsed and checked, nothing of it is run. Its
 * bytes are read when an engine loads it.
 */
export interface ModelFile {
  /** Its path in the repository: what errors call it. */
  readonly name: string;
  readonly inputs: readonly ModelPort[];
  readonly outputs: readonly ModelPort[];
  /** Bytes of its weights as they lie on disk. */
  readonly bytes: number;
  /** Whether it draws random numbers of its own while it computes; `normal` where `read` can make them next to zeros. */
  readonly draws: 'nothing' | 'normal' | 'other';
  /**
   * Reads it, checked once more, for an engine to load. Normal numbers that it draws are next to zeros then.
   *
   * @param outputs - the outputs that are asked for, by name
   * @throws DiffusionError `RXD_FILE_CORRUPT`, `RXD_STORE_READ`
   */
  read(outputs: readonly string[]): Promise<ModelContent>;
}

/** What a run of a model is to give: in order of the content's outputs. */
export interface ModelResult {
  readonly shape: readonly number[];
}

/** A model file that an engine has loaded. */
export interface LoadedModel {
  /**
   * Runs it on tensors of the current backend, the engine's. A pure function of its arguments.
   *
   * @param inputs - by name, all of them: float32 or int32
   * @param results - the shape of each output, which is float32
   * @returns the outputs, in order
   * @throws DiffusionError `RXD_ENGINE_FAILED`, at once or where the tensors are read
   */
  run(inputs: Readonly<Record<string, Tensor>>, results: readonly ModelResult[]): readonly Tensor[];
  /** Gives it back; it is gone when the engine is stopped, at the latest. Idempotent. */
  dispose(): void;
}
