import type { OnnxGraph } from '../emit/onnx-graph.js';
import type { Spec } from './spec.js';

/** Attributes of a kernel call as tfjs passes them. */
export type KernelAttributes = Readonly<Record<string, unknown>>;

/** What a lowering sees of one call. */
export interface KernelCall {
  readonly inputs: readonly Spec[];
  readonly outputs: readonly Spec[];
  readonly attributes: KernelAttributes;
  readonly graph: OnnxGraph;
}

/** A tfjs kernel: what comes out, and how ONNX computes it on row-major data. */
export interface Kernel {
  /** Name in tfjs's kernel registry. */
  readonly name: string;
  /** Names of its inputs, in the order that `infer` and `lower` see them; absent where tfjs passes a list. */
  readonly inputs?: readonly string[];
  /** Where tfjs expects a list of outputs, even of one. */
  readonly givesList?: true;
  /** Shape and type of each output. `undefined` sends the call to the cpu backend, which says what is wrong with it if so. */
  infer(inputs: readonly Spec[], attributes: KernelAttributes): readonly Spec[] | undefined;
  /**
   * The ONNX nodes of one call.
   *
   * @param names - ONNX names of the inputs, in row-major order with the shapes of `call.inputs`
   * @returns names of the outputs, with the shapes and types of `call.outputs`
   */
  lower(call: KernelCall, names: readonly string[]): readonly string[];
}
